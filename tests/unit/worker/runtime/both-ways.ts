/**
 * A sequence that computes everything, beside one that takes over its first chunks from it and computes the others. Both are moved about on
 * the way, and end with a part of a prompt and an answer.
 */

import fc from 'fast-check';
import { expect } from 'vitest';
import type { KvChunk, Runner, Sequence } from '../../../../src/worker/runner.ts';
import { kv2Keys, kv2Tensors, modelBytes } from '../model-variants.ts';
import { openBuilt } from '../open-tiny-runner.ts';
import { append, differingBits, fixtureFile, named, references, rowsOf } from '../references.ts';

const { ids: s70 } = named(references.sequences, 's70');
const ids = Array.from({ length: 160 }, (_, i) => s70[(i * 7) % 70] ?? 0);

/** Computes a prompt's whole chunks, and copies each. */
export async function chunksOf(runner: Runner, sequence: Sequence, count: number): Promise<KvChunk[]> {
  const { chunkTokens } = runner;
  const chunks: KvChunk[] = [];
  for (let at = 0; at < count * chunkTokens; at += chunkTokens) {
    await runner.prefill(sequence, ids.slice(at, at + chunkTokens), { logits: 'none' });
    chunks.push(await sequence.copyLastChunk());
  }
  return chunks;
}

/** Rows of what comes after the chunks: the rest of the prompt, then an answer token by token. */
export async function continued(
  runner: Runner,
  sequence: Sequence,
  decoded: number,
): Promise<Float32Array[]> {
  const { chunkTokens } = runner;
  const from = sequence.length;
  const more = Math.max(1, Math.floor(chunkTokens / 2));
  const rows = rowsOf(await runner.prefill(sequence, ids.slice(from, from + more), { logits: 'all' }));
  for (const id of ids.slice(from + more, from + more + decoded)) {
    rows.push(...rowsOf(await runner.decode([{ sequence, id }])));
  }
  return rows;
}

interface Plan {
  readonly chunks: number;
  readonly restored: number;
  readonly decoded: number;
}

/** The rows of a sequence that computed everything, and of one that took over its first chunks and computed the others. */
export async function bothWays(runner: Runner, { chunks, restored, decoded }: Plan) {
  using bystander = runner.openSequence();
  using computing = runner.openSequence();
  using taking = runner.openSequence();
  await append({ runner, sequence: bystander }, ids.slice(0, 1));
  const copies = await chunksOf(runner, computing, chunks);
  // Each decodes alone, and so is moved to the first slot, where the one before it stood.
  const computed = await continued(runner, computing, decoded);
  for (const chunk of copies.slice(0, restored)) await taking.appendChunk(chunk);
  expect(taking.length).toBe(restored * runner.chunkTokens);
  await runner.decode([{ sequence: bystander, id: 5 }]);
  await append({ runner, sequence: taking }, ids.slice(taking.length, chunks * runner.chunkTokens));
  const taken = await continued(runner, taking, decoded);
  for (const chunk of copies) chunk[Symbol.dispose]();
  return { computed, taken };
}

/** Chunks, contexts and numbers of chunks, which put drops of rows anywhere. */
export const prefixPlans = fc
  .record({
    name: fc.constantFrom(...(['main', 'mixed', 'kv2'] as const)),
    chunkTokens: fc.integer({ min: 1, max: 24 }),
    spare: fc.constantFrom(0, 1, 60),
    decoded: fc.integer({ min: 1, max: 20 }),
    far: fc.double({ min: 0, max: 1, noNaN: true }),
    kept: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ far, kept, ...rest }) => {
    const chunks = 1 + Math.floor(far * (Math.floor(100 / rest.chunkTokens) - 1));
    return { ...rest, chunks, restored: Math.max(1, Math.round(kept * chunks)) };
  });

/** @returns where the two differ; undefined where they do not. */
export async function differenceOfPlan(
  kind: Runner['kind'],
  { name, chunkTokens, spare, ...plan }: typeof prefixPlans extends fc.Arbitrary<infer T> ? T : never,
): Promise<string | undefined> {
  const models = {
    main: () => fixtureFile('model.gguf'),
    mixed: () => fixtureFile('model-mixed.gguf'),
    kv2: () => modelBytes(kv2Keys, kv2Tensors()),
  };
  const appended = Math.max(1, Math.floor(chunkTokens / 2));
  const contextTokensMax = plan.chunks * chunkTokens + appended + plan.decoded + spare;
  const shape = { kind, chunkTokens, contextTokensMax, sequencesMax: 3 };
  await using runner = await openBuilt(models[name](), shape);
  const { computed, taken } = await bothWays(runner, plan);
  return differingBits(taken, computed);
}
