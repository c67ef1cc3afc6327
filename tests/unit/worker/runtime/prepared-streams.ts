/** Streams of given lengths that can answer again and again: their prompts' chunks are kept, the rest is computed anew each time. */

import type { KvChunk, Runner } from '../../../../src/worker/runner.ts';
import { append, rowsOf } from '../references.ts';
import { likelihoods } from './likelihoods.ts';

const answerTokens = 4;

interface PreparedStream {
  readonly chunks: readonly KvChunk[];
  /** What follows the chunks. */
  readonly rest: readonly number[];
  readonly answer: readonly number[];
}

export async function prepareStreams(
  runner: Runner,
  lengths: readonly number[],
): Promise<readonly PreparedStream[]> {
  const streams: PreparedStream[] = [];
  for (const [index, length] of lengths.entries()) {
    const text = [...likelihoods.ids.slice(index), ...likelihoods.ids].map((id) => id % runner.vocabSize);
    using sequence = runner.openSequence();
    const chunks: KvChunk[] = [];
    while (sequence.length + runner.chunkTokens <= length) {
      const from = sequence.length;
      await runner.prefill(sequence, text.slice(from, from + runner.chunkTokens), { logits: 'none' });
      chunks.push(await sequence.copyLastChunk());
    }
    const rest = text.slice(sequence.length, length);
    streams.push({ chunks, rest, answer: text.slice(length, length + answerTokens) });
  }
  return streams;
}

/** The rows of some streams' answers, stream by stream, that are decoded together. */
export async function answersTogether(
  runner: Runner,
  streams: readonly PreparedStream[],
  indices: readonly number[],
): Promise<Float32Array[][]> {
  using opened = new DisposableStack();
  const going = indices
    .flatMap((index) => streams.slice(index, index + 1))
    .map((stream) => ({
      ...stream,
      sequence: opened.use(runner.openSequence()),
      rows: [] as Float32Array[],
    }));
  for (const { sequence, chunks, rest } of going) {
    for (const chunk of chunks) await sequence.appendChunk(chunk);
    if (rest.length > 0) await append({ runner, sequence }, rest);
  }
  for (let step = 0; step < answerTokens; step++) {
    const tokens = going.map(({ sequence, answer }) => ({ sequence, id: answer[step] ?? 0 }));
    const rows = rowsOf(await runner.decode(tokens), runner.vocabSize);
    for (const [index, { rows: own }] of going.entries()) own.push(...rows.slice(index, index + 1));
  }
  return going.map(({ rows }) => rows);
}
