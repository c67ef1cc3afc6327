/**
 * How close each engine stays to our own float32 graph of the same 8-bit file: on over 2,000 positions of ordinary text, how often both find the
 * same token likeliest, and the mean Kullback-Leibler divergence over the whole vocabulary. Every side writes the logits of a window to
 * a file (half a gigabyte), which is compared row by row and removed.
 */

import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { readModelFilesConfig } from '../../src/worker/model-files/config.ts';
import { installPeers } from '../install-peers.ts';
import type { Bench } from '../measure.ts';
import { inferencePeers } from './contestants.ts';
import { type Divergence, divergence } from './divergence.ts';
import { prepareGraph, prepareQ8File } from './model-files.ts';
import { openScratchFolder } from './scratch-folder.ts';
import { type Side, startSide } from './side.ts';
import type { EngineSettings } from './side-protocol.ts';
import { readTextIds } from './text-ids.ts';
import { parseVariants, type Variant } from './variants.ts';

const windowTokens = 512;
const windows = 4;
const rowsAtOnce = 32;
const reference = 'native float';
const defaultVariants = ['native 8-bit', 'native lossless', 'native 4-bit head'];

interface Judged {
  readonly name: string;
  readonly side: Side;
  readonly rows: Divergence[];
}

export const accuracy: Bench = async (print, options) => {
  const { threads = 2, variants = defaultVariants } = options;
  const chosen = parseVariants(variants);
  installPeers(inferencePeers, print);
  const modelFile = await prepareQ8File(options.model, print);
  const { ids, bosId, vocabSize } = await readTextIds(modelFile);
  const settings = { modelFile, threads, sequencesMax: 1, contextTokensMax: windowTokens };
  await using owner = new AsyncDisposableStack();
  const start = async (variant: Variant) => owner.use(await startOurs(variant, settings));
  const [floats] = await Promise.all(parseVariants([reference]).map(start));
  if (floats === undefined) throw new TypeError('there is no reference');
  const judged: Judged[] = [];
  for (const variant of chosen) {
    judged.push({ name: `${variant.kind} ${variant.name}`, side: await start(variant), rows: [] });
  }
  const peer = owner.use(await startSide('bench/peers/llama-program.ts', settings));
  judged.push({ name: 'node-llama-cpp', side: peer, rows: [] });
  const { path: folder } = owner.use(await openScratchFolder(readModelFilesConfig().cacheDir));
  for (let window = 0; window < windows; window++) {
    const from = window * (windowTokens - 1);
    const request = { op: 'logits', ids: [bosId, ...ids.slice(from, from + windowTokens - 1)] } as const;
    const file = join(folder, 'reference.f32');
    await floats.ask({ ...request, file });
    for (const { side, rows } of judged) {
      const other = join(folder, 'candidate.f32');
      await side.ask({ ...request, file: other });
      rows.push(...(await compareFiles([file, other], { vocabSize, count: request.ids.length })));
    }
    print(`window ${window + 1} of ${windows}`);
  }
  return judged.map(({ name, rows }) => tell({ name, rows }, print));
};

async function startOurs(variant: Variant, settings: EngineSettings): Promise<Side> {
  const { graphDir } = await prepareGraph(settings.modelFile, variant.graph);
  const { kind, shortlistTokens, spins } = variant;
  const ours = { ...settings, kind, graphDir, shortlistTokens, spins };
  return startSide('bench/inference/our-program.ts', ours);
}

async function compareFiles(
  [reference, candidate]: readonly [string, string],
  { vocabSize, count }: { readonly vocabSize: number; readonly count: number },
): Promise<Divergence[]> {
  await using one = await open(reference);
  await using other = await open(candidate);
  const [ours, theirs] = [new Float32Array(rowsAtOnce * vocabSize), new Float32Array(rowsAtOnce * vocabSize)];
  const rows: Divergence[] = [];
  for (let row = 0; row < count; row += rowsAtOnce) {
    const bytes = Math.min(rowsAtOnce, count - row) * vocabSize * 4;
    for (const [file, values] of [[one, ours] as const, [other, theirs] as const]) {
      const { bytesRead } = await file.read(new Uint8Array(values.buffer), 0, bytes, row * vocabSize * 4);
      if (bytesRead !== bytes) throw new Error(`a side wrote fewer than ${count} rows of logits`);
    }
    for (let at = 0; at * vocabSize * 4 < bytes; at++) {
      const rowOf = (values: Float32Array) => values.subarray(at * vocabSize, (at + 1) * vocabSize);
      rows.push(divergence(rowOf(ours), rowOf(theirs)));
    }
  }
  return rows;
}

function tell({ name, rows }: Pick<Judged, 'name' | 'rows'>, print: (line: string) => void): object {
  const top1 = rows.filter(({ isSameBest }) => isSameBest).length / rows.length;
  const meanKl = rows.reduce((sum, { kl }) => sum + kl, 0) / rows.length;
  print(
    `${name.padEnd(24)} top-1 ${(100 * top1).toFixed(2)} %   mean KL ${meanKl.toExponential(3)} nats   ${rows.length} positions`,
  );
  return { name, reference, positions: rows.length, top1, meanKl };
}
