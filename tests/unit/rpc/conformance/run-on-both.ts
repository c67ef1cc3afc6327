/** Registers the rows of a table as tests: on the embedded engine in both modes, and on a real one where there is one. */
import { test } from 'vitest';
import { engineModes } from '../../../../src/rpc/engine/mode.ts';
import type { WireCase } from './case.ts';
import { casesFor } from './cases-for.ts';
import { startEmbedded } from './embedded-engine.ts';
import { findRealEngine } from './real-engine.ts';

export function runOnEmbedded(cases: readonly WireCase[], suite: 'unit' | 'deep'): void {
  for (const mode of engineModes) {
    test.each(casesFor(cases, { mode, substrate: 'embedded', suite }))(
      `${mode} $id: $title`,
      async (wireCase) => {
        await using engine = await startEmbedded(wireCase, mode);
        await wireCase.run(engine);
      },
    );
  }
}

export async function runOnReal(cases: readonly WireCase[]): Promise<void> {
  const real = await findRealEngine(process.env);
  if (typeof real === 'string') {
    console.log(`compared with the embedded engine alone: ${real}`);
    return;
  }
  // It loses a reply now and then.
  const options = { retry: 1, timeout: 150_000 };
  for (const wireCase of casesFor(cases, { mode: real.mode, substrate: 'real', suite: 'all' })) {
    test(`real ${real.mode} ${wireCase.id}: ${wireCase.title}`, options, async () => {
      await using engine = await real.start(wireCase);
      await wireCase.run(engine);
    });
  }
}
