/** What the generator draws up is read and modelled whole: nothing refused, nothing unknown, no more interfaces than allowed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generateConfiguration } from '../../../../sim/generate/index.ts';
import { readTerraform } from '../../../../sim/terraform/index.ts';
import { buildVpcModel } from '../../../../sim/vpc/index.ts';

const SEEDS = Array.from({ length: 40 }, (_, index) => index + 1);

test.each([3, 8, 20])('of at most %i interfaces, from 40 seeds', async (size) => {
  await using folder = {
    path: mkdtempSync(join(tmpdir(), 'drydock-generated-')),
    async [Symbol.asyncDispose]() {
      rmSync(this.path, { recursive: true });
    },
  };
  for (const seed of SEEDS) {
    writeFileSync(join(folder.path, 'main.tf.json'), generateConfiguration({ seed, size }).text);
    const { interfaces, unmodelled, unplaced } = buildVpcModel(await readTerraform(folder.path));
    expect({ seed, unmodelled, unplaced }).toStrictEqual({ seed, unmodelled: [], unplaced: [] });
    expect({ seed, few: interfaces.length <= size, enough: interfaces.length >= 2 }).toStrictEqual({
      seed,
      few: true,
      enough: true,
    });
  }
});
