/** Random networks by seed on real packets: what proof and packets disagree about, told so that anybody can replay it. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DifferReport, runDiffer } from '../../sim/differ/index.ts';
import { generateConfiguration } from '../../sim/generate/index.ts';
import { readTerraform } from '../../sim/terraform/index.ts';
import { buildVpcModel, type VpcModel } from '../../sim/vpc/index.ts';
import { inGroups, probeTogether } from './prober.ts';
import { tell } from './told-disagreements.ts';

export interface RandomVpcsOptions {
  /** Interfaces at most. */
  readonly size: number;
  /** Probes of one network at most: an even share of its product. */
  readonly probesMax: number;
  /** Networks in one fabric. */
  readonly together: number;
}

interface SeededModel {
  readonly seed: number;
  readonly size: number;
  readonly model: VpcModel;
}

export interface RandomVpcsResult {
  readonly probes: number;
  /** One line each; empty: proof and packets agree. */
  readonly disagreements: readonly string[];
}

export async function probeSeeds(
  seeds: readonly number[],
  options: RandomVpcsOptions,
): Promise<RandomVpcsResult> {
  const results: RandomVpcsResult[] = [];
  for (const group of inGroups(seeds, options.together)) {
    const models = await Promise.all(group.map((seed) => modelOfSeed({ seed, size: options.size })));
    const reports = await differ(models, options.probesMax);
    for (const { item, report } of reports) results.push(await told(item, report, options));
  }
  return {
    probes: results.reduce((sum, { probes }) => sum + probes, 0),
    disagreements: results.flatMap(({ disagreements }) => disagreements),
  };
}

export async function modelOfSeed({ seed, size }: { seed: number; size: number }): Promise<SeededModel> {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-random-'));
  try {
    writeFileSync(join(folder, 'main.tf.json'), generateConfiguration({ seed, size }).text);
    return { seed, size, model: buildVpcModel(await readTerraform(folder)) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function differ(models: readonly SeededModel[], probesMax: number) {
  return probeTogether(models, async ({ item, model, fabric }) => ({
    item,
    report: await runDiffer(model, { fabric, probesMax }),
  }));
}

async function told(
  item: SeededModel,
  report: DifferReport,
  { probesMax }: RandomVpcsOptions,
): Promise<RandomVpcsResult> {
  const { probes, disagreements } = report;
  if (disagreements.length === 0) return { probes, disagreements: [] };
  const smallest = await smallestThatShows(item, probesMax);
  const { seed, size } = smallest.item;
  const lines = tell(smallest.disagreements).map((line) => `seed ${seed}, size ${size}: ${line}`);
  const replay = `replay with: npm run deep -- --seeds ${seed}..${seed} --size ${size}`;
  return { probes, disagreements: [...lines, `at ${commitOf(import.meta.dirname)}`, replay] };
}

/** Of another commit, the same seed may be another network. Beside a changed tree the commit alone does not tell it. */
export function commitOf(folder: string): string {
  const git = (...args: readonly string[]) => spawnSync('git', ['-C', folder, ...args], { encoding: 'utf8' });
  const { status, stdout } = git('rev-parse', 'HEAD');
  if (status !== 0) return 'no commit';
  const { stdout: changes } = git('status', '--porcelain');
  return `commit ${stdout.trim()}${changes === '' ? '' : ', with changes'}`;
}

/** The same seed with fewer interfaces is another network, often with the same fault and less around it. */
async function smallestThatShows(item: SeededModel, probesMax: number) {
  for (let size = 2; size < item.size; size += 1) {
    const smaller = await modelOfSeed({ seed: item.seed, size });
    const [found] = await differ([smaller], probesMax);
    if (found !== undefined && found.report.disagreements.length > 0) {
      return { item: smaller, disagreements: found.report.disagreements };
    }
  }
  const [found] = await differ([item], probesMax);
  return { item, disagreements: found?.report.disagreements ?? [] };
}
