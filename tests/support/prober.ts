/** Fabrics for tests that only probe: started, handed over, and gone afterwards whatever happens. */

import { compileFabric } from '../../sim/compile/index.ts';
import { type StartedFabric, startFabric } from '../../sim/fabric/index.ts';
import type { VpcModel } from '../../sim/vpc/index.ts';
import { mergeModels } from './merged-models.ts';

export interface ProbedNetwork<Item> {
  readonly item: Item;
  readonly model: VpcModel;
  readonly fabric: StartedFabric;
}

/** Starts one fabric for all networks together, and looks at them one after the other. */
export async function probeTogether<Item extends { readonly model: VpcModel }, Result>(
  items: readonly Item[],
  look: (network: ProbedNetwork<Item>) => Promise<Result>,
): Promise<readonly Result[]> {
  const { whole, parts } = mergeModels(items.map(({ model }) => model));
  await using fabric = await startFabric(compileFabric(whole), {
    onEvent: () => undefined,
    onLost: (error) => {
      throw error;
    },
  });
  const results: Result[] = [];
  for (const [index, item] of items.entries()) {
    const model = parts[index];
    if (model !== undefined) results.push(await look({ item, model, fabric }));
  }
  return results;
}

/** Several fabrics, so that no single one grows large. */
export function inGroups<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
