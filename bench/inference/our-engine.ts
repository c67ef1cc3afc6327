/**
 * Our side: the runner driven directly, with the likeliest token chosen in JavaScript. No scheduler; the text half of the model is loaded beside
 * the runner, as a worker loads it, and not used.
 */

import { open } from 'node:fs/promises';
import { createModelText, type ModelText } from '../../src/worker/generation/model.ts';
import { openModelSource } from '../../src/worker/model-source.ts';
import type { KvChunk, Runner, Sequence } from '../../src/worker/runner.ts';
import { openRunner } from '../../src/worker/runtime/open-runner.ts';
import { indexOfLargest } from '../../src/worker/sampling/largest-logit.ts';
import type { Engine, OurSettings } from './side-protocol.ts';

export async function openOurEngine(settings: OurSettings): Promise<Engine> {
  const [runner] = await Promise.all([
    openRunner({
      ...settings,
      onFallback: (reason) => {
        throw new Error(`the native runner cannot be had: ${reason}`);
      },
    }),
    readText(settings.modelFile),
  ]);
  return {
    what: `drydock, ${runner.kind}`,
    prefill: (ids) => timePrefill(runner, ids),
    decode: (prompts, tokens) => timeDecode(runner, prompts, tokens),
    firstToken: (ids, cachedTokens) => timeFirstToken(runner, ids, cachedTokens),
    continueGreedily: (ids, tokens) => continueGreedily(runner, ids, tokens),
    writeLogits: (ids, file) => writeLogits(runner, ids, file),
  };
}

async function readText(modelFile: string): Promise<ModelText> {
  await using source = await openModelSource(modelFile);
  return createModelText(await source.readVocabulary());
}

/** @returns the logits of the last position, or none. */
async function runPrompt(
  runner: Runner,
  sequence: Sequence,
  ids: readonly number[],
  lastLogits: 'last' | 'none' = 'last',
): Promise<Float32Array> {
  let logits: Float32Array = new Float32Array();
  for (let at = sequence.length; at < ids.length; at = sequence.length) {
    const end = Math.min(ids.length, at - (at % runner.chunkTokens) + runner.chunkTokens);
    logits = await runner.prefill(sequence, ids.slice(at, end), {
      logits: end === ids.length ? lastLogits : 'none',
    });
  }
  return logits;
}

async function timePrefill(runner: Runner, ids: readonly number[]): Promise<number> {
  using sequence = runner.openSequence();
  const start = performance.now();
  // The peer computes none either when it evaluates without generating.
  await runPrompt(runner, sequence, ids, 'none');
  return performance.now() - start;
}

async function timeDecode(
  runner: Runner,
  prompts: readonly (readonly number[])[],
  tokens: number,
): Promise<number> {
  using opened = new DisposableStack();
  let step: { sequence: Sequence; id: number }[] = [];
  for (const ids of prompts) {
    const sequence = opened.use(runner.openSequence());
    step.push({ sequence, id: indexOfLargest(await runPrompt(runner, sequence, ids)) });
  }
  const start = performance.now();
  for (let done = 0; done < tokens; done++) {
    const logits = await runner.decode(step);
    step = step.map(({ sequence }, row) => ({ sequence, id: indexOfLargest(rowOf(logits, row, runner)) }));
  }
  return performance.now() - start;
}

async function timeFirstToken(runner: Runner, ids: readonly number[], cachedTokens: number): Promise<number> {
  using cached = new DisposableStack();
  const chunks: KvChunk[] = [];
  using warm = runner.openSequence();
  for (let end = runner.chunkTokens; end <= cachedTokens; end += runner.chunkTokens) {
    await runner.prefill(warm, ids.slice(warm.length, end), { logits: 'none' });
    chunks.push(cached.use(await warm.copyLastChunk()));
  }
  const start = performance.now();
  using sequence = runner.openSequence();
  for (const chunk of chunks) await sequence.appendChunk(chunk);
  indexOfLargest(await runPrompt(runner, sequence, ids));
  return performance.now() - start;
}

async function continueGreedily(
  runner: Runner,
  ids: readonly number[],
  tokens: number,
): Promise<readonly number[]> {
  using sequence = runner.openSequence();
  const continued = [indexOfLargest(await runPrompt(runner, sequence, ids))];
  while (continued.length < tokens) {
    continued.push(indexOfLargest(await runner.decode([{ sequence, id: continued.at(-1) ?? 0 }])));
  }
  return continued;
}

async function writeLogits(runner: Runner, ids: readonly number[], path: string): Promise<void> {
  using sequence = runner.openSequence();
  await using file = await open(path, 'w');
  for (let at = 0; at < ids.length; at += runner.chunkTokens) {
    const logits = await runner.prefill(sequence, ids.slice(at, at + runner.chunkTokens), { logits: 'all' });
    await file.writeFile(new Uint8Array(logits.buffer, logits.byteOffset, logits.byteLength));
  }
}

const rowOf = (logits: Float32Array, row: number, { vocabSize }: Runner) =>
  logits.subarray(row * vocabSize, (row + 1) * vocabSize);
