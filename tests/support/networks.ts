/** The networks that people wrote, ours and the fixtures', as models under their names. */

import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readTerraform } from '../../sim/terraform/index.ts';
import { buildVpcModel, type VpcModel } from '../../sim/vpc/index.ts';

export interface NamedNetwork {
  readonly name: string;
  readonly model: VpcModel;
}

/** Both environments of ours. */
export function referenceNetworks(): Promise<readonly NamedNetwork[]> {
  return readAll(['dev', 'prod'], (name) => new URL(`../../infra/synth/${name}`, import.meta.url));
}

/** Terraform in the styles in which people write it. */
export function fixtureNetworks(): Promise<readonly NamedNetwork[]> {
  const root = new URL('../fixtures/terraform/', import.meta.url);
  const names = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  return readAll(names, (name) => new URL(name, root));
}

function readAll(names: readonly string[], locate: (name: string) => URL): Promise<readonly NamedNetwork[]> {
  return Promise.all(
    names.map(async (name) => ({
      name,
      model: buildVpcModel(await readTerraform(fileURLToPath(locate(name)))),
    })),
  );
}
