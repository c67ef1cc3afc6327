/**
 * What a network costs: reading, modelling, proving, bringing up, probing. Our references, and networks of 50, 200 and
 * 1,000 interfaces, so that the growth is seen. One after the other; nothing is compared with another program.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileFabric } from '../../sim/compile/index.ts';
import { planProbes, sendPackets } from '../../sim/differ/index.ts';
import { startFabric } from '../../sim/fabric/index.ts';
import { prove } from '../../sim/prove/index.ts';
import { readTerraform } from '../../sim/terraform/index.ts';
import { buildVpcModel, type VpcModel } from '../../sim/vpc/index.ts';
import { type Bench, describe, measure, type Row, summarize } from '../measure.ts';
import { grownNetwork } from './grown-network.ts';

interface Subject {
  readonly name: string;
  readonly path: string;
}

const PROBES = 5_000;
const MEBIBYTE = 1_048_576;

export const vpc: Bench = async (print) => {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-bench-'));
  try {
    const rows: Row[] = [];
    for (const subject of subjects(folder)) {
      for await (const row of measureSubject(subject)) {
        print(describe(row));
        rows.push(row);
      }
    }
    return rows;
  } finally {
    rmSync(folder, { recursive: true });
  }
};

function subjects(folder: string): readonly Subject[] {
  const reference = (name: string): Subject => ({
    name,
    path: fileURLToPath(new URL(`../../infra/synth/${name}/main.tf.json`, import.meta.url)),
  });
  const grown = (interfaces: number, securityGroups: number): Subject => {
    const path = join(folder, `${interfaces}.tf.json`);
    writeFileSync(path, grownNetwork({ interfaces, securityGroups }));
    const name = `${interfaces} interfaces, ${securityGroups} groups`;
    return { name, path };
  };
  return [reference('dev'), reference('prod'), grown(50, 15), grown(200, 60), grown(1_000, 300)];
}

async function* measureSubject({ name: subject, path }: Subject): AsyncGenerator<Row> {
  const rounds = 7;
  yield await measure({ name: 'read', subject, rounds }, () => readTerraform(path));
  const configuration = await readTerraform(path);
  yield await measure({ name: 'model', subject, rounds }, () => buildVpcModel(configuration));
  const model = buildVpcModel(configuration);
  yield await measure({ name: 'proof', subject, rounds }, () => prove(model));
  yield summarize({ name: 'memory after proof', subject, rounds: 1 }, 'MiB', [
    process.memoryUsage().rss / MEBIBYTE,
  ]);
  yield await measure({ name: 'compile', subject, rounds }, () => compileFabric(model));
  const starts = 3;
  const up: number[] = [];
  const probing: number[] = [];
  for (let round = 0; round < starts; round += 1) {
    const { upMs, probesMs } = await enforce(model);
    up.push(upMs);
    probing.push(probesMs);
  }
  yield summarize({ name: 'fabric up', subject, rounds: starts }, 'ms', up);
  yield summarize({ name: `${PROBES} probes`, subject, rounds: starts }, 'ms', probing);
}

async function enforce(model: VpcModel) {
  const compiled = compileFabric(model);
  const start = performance.now();
  await using fabric = await startFabric(compiled, { onEvent: () => undefined, onLost: () => undefined });
  const upMs = performance.now() - start;
  const planned = planProbes(model, { probesMax: PROBES }).probes.map(({ packet }) => packet);
  // A small network has fewer: they are sent again.
  const probes = Array.from({ length: PROBES }, (_, index) => planned[index % planned.length]).filter(
    (probe) => probe !== undefined,
  );
  const begin = performance.now();
  await sendPackets(probes, { fabric, timeoutMs: 300 });
  return { upMs, probesMs: performance.now() - begin };
}
