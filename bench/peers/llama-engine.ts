/**
 * The other side: llama.cpp through node-llama-cpp, as its documents advise for throughput: one context with a sequence for each
 * stream, which it batches by itself; flash attention where it thinks best; greedy tokens chosen in native code.
 */

import { open } from 'node:fs/promises';
import {
  type ControlledEvaluateInputItem,
  getLlama,
  type LlamaContextSequence,
  LlamaLogLevel,
  type Token,
} from 'node-llama-cpp';
import type { Engine, EngineSettings } from '../inference/side-protocol.ts';

/** Its own default, and that of llama.cpp's physical batch. */
const batchSize = 512;
/** Positions whose logits are fetched at once: each is a map of the whole vocabulary. */
const positionsAtOnce = 16;
const greedy = { temperature: 0, yieldEogToken: true } as const;

export async function openLlamaEngine(settings: EngineSettings): Promise<Engine> {
  const { modelFile, threads, sequencesMax, contextTokensMax } = settings;
  const llama = await getLlama({
    gpu: false,
    build: 'never',
    maxThreads: threads,
    logLevel: LlamaLogLevel.error,
  });
  const model = await llama.loadModel({ modelPath: modelFile, gpuLayers: 0 });
  const context = await model.createContext({
    contextSize: contextTokensMax,
    sequences: sequencesMax,
    batchSize,
    threads: { ideal: threads, min: threads },
  });
  const sequences = Array.from({ length: sequencesMax }, () => context.getSequence());
  const take = async (count: number): Promise<LlamaContextSequence[]> => {
    const taken = sequences.slice(0, count);
    await Promise.all(taken.map((sequence) => sequence.clearHistory()));
    return taken;
  };
  const one = async () => (await take(1))[0] ?? context.getSequence();
  return {
    what: `node-llama-cpp, llama.cpp ${llama.llamaCppRelease.release}`,
    prefill: async (ids) => timePrefill(await one(), ids),
    decode: async (prompts, tokens) => timeDecode(await take(prompts.length), prompts, tokens),
    firstToken: async (ids) => timeFirstToken(await one(), ids),
    continueGreedily: async (ids, tokens) => continueGreedily(await one(), ids, tokens),
    writeLogits: async (ids, file) => writeLogits(await one(), ids, file),
  };
}

async function timePrefill(sequence: LlamaContextSequence, ids: readonly number[]): Promise<number> {
  const start = performance.now();
  await sequence.evaluateWithoutGeneratingNewTokens(tokensOf(ids));
  return performance.now() - start;
}

async function timeFirstToken(sequence: LlamaContextSequence, ids: readonly number[]): Promise<number> {
  const start = performance.now();
  await continueGreedily(sequence, ids, 1);
  return performance.now() - start;
}

async function timeDecode(
  sequences: readonly LlamaContextSequence[],
  prompts: readonly (readonly number[])[],
  tokens: number,
): Promise<number> {
  const { promise: allStarted, resolve: startAll } = Promise.withResolvers<void>();
  let started = 0;
  let start = 0;
  const runOne = async (sequence: LlamaContextSequence, ids: readonly number[]) => {
    let done = 0;
    for await (const _ of sequence.evaluate(tokensOf(ids), greedy)) {
      if (done === tokens) return;
      if (done === 0) {
        started += 1;
        if (started === prompts.length) {
          start = performance.now();
          startAll();
        }
        await allStarted;
      }
      done += 1;
    }
  };
  await Promise.all(sequences.map((sequence, index) => runOne(sequence, prompts[index] ?? [])));
  return performance.now() - start;
}

async function continueGreedily(
  sequence: LlamaContextSequence,
  ids: readonly number[],
  tokens: number,
): Promise<readonly number[]> {
  const continued: number[] = [];
  for await (const token of sequence.evaluate(tokensOf(ids), greedy)) {
    continued.push(token);
    if (continued.length === tokens) break;
  }
  return continued;
}

async function writeLogits(
  sequence: LlamaContextSequence,
  ids: readonly number[],
  path: string,
): Promise<void> {
  await using file = await open(path, 'w');
  for (let at = 0; at < ids.length; at += positionsAtOnce) {
    const part = ids.slice(at, at + positionsAtOnce);
    const outputs = await sequence.controlledEvaluate(
      tokensOf(part).map((token): ControlledEvaluateInputItem => [token, { generateNext: { logits: true } }]),
    );
    for (const output of outputs) await file.writeFile(rowOf(output?.next.logits));
  }
}

function rowOf(logits: ReadonlyMap<number, number> | undefined): Uint8Array {
  if (logits === undefined) throw new Error('node-llama-cpp gave no logits');
  const row = new Float32Array(logits.size).fill(Number.NaN);
  for (const [id, logit] of logits) row[id] = logit;
  return new Uint8Array(row.buffer);
}

/** Its own type for them is a number that nothing but it makes. */
const tokensOf = (ids: readonly number[]): Token[] => ids.filter(isToken);
const isToken = (id: number): id is Token => Number.isInteger(id);
