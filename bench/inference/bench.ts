/**
 * Our engine beside node-llama-cpp, and beside llama.cpp built for the machine where `LLAMA_CPP_BIN` names its folder: the same weights at
 * 8 bits, the same prompts, as many threads, in turns. `docs/bench.md` says what each figure covers.
 */

import { availableParallelism, cpus, loadavg } from 'node:os';
import { installPeers } from '../install-peers.ts';
import type { Bench } from '../measure.ts';
import { describeRow } from './compare-rounds.ts';
import { readInferenceBenchConfig } from './config.ts';
import {
  type Contestant,
  inferencePeers,
  llamaCpp,
  type OurContestant,
  startNodeLlamaCpp,
  startOurs,
} from './contestants.ts';
import { planMeasurements } from './measurements.ts';
import { prepareQ8File } from './model-files.ts';
import { runRounds } from './rounds.ts';
import { rowsOf } from './rows.ts';
import { readTextIds } from './text-ids.ts';
import { parseVariants } from './variants.ts';

const defaultVariants = ['native 8-bit', 'portable 8-bit', 'native 4-bit head'];
const defaultRounds = 7;

export const inference: Bench = async (print, options) => {
  const { rounds = defaultRounds, threads = 2, variants = defaultVariants } = options;
  const chosen = parseVariants(variants);
  const { llamaCppDir } = readInferenceBenchConfig();
  installPeers(inferencePeers, print);
  const modelFile = await prepareQ8File(options.model, print);
  const { ids, bosId } = await readTextIds(modelFile);
  const measurements = planMeasurements(ids, bosId);
  print(machineLine(threads));
  await using owner = new AsyncDisposableStack();
  const settings = { modelFile, threads, owner };
  const ours: OurContestant[] = [];
  for (const variant of chosen) ours.push(await startOurs(variant, settings));
  const peers: Contestant[] = [await startNodeLlamaCpp(settings)];
  if (llamaCppDir !== undefined) peers.push(llamaCpp(llamaCppDir, settings));
  for (const { id, variant, bytesPerToken } of ours) {
    const idle = variant.spins ? 'spin' : 'do not spin';
    print(`${id} reads ${bytesPerToken} bytes of weights for a token; its idle threads ${idle}`);
  }
  const figures = await runRounds([...ours, ...peers], { rounds, threads, measurements, print });
  const rows = rowsOf({ ours, peers, measurements }, figures);
  for (const row of rows) print(describeRow(row));
  return rows;
};

function machineLine(threads: number): string {
  const load = loadavg()[0]?.toFixed(2);
  return `${availableParallelism()} × ${cpus()[0]?.model}, ${threads} threads for each side, load ${load}: only a quiet machine tells`;
}
