/**
 * One loaded graph and the sequences that run in it. `run` blocks its thread while the graph computes, so this lives in
 * a thread of its own. Sequences share nothing but the weights: what one computes does not depend on the others.
 */

import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Gemma3Config } from '../gguf/gemma3-config.ts';
import type { EmbeddingRows } from './embedding-rows.ts';
import { rotationTable } from './rotation-table.ts';
import { RowStore } from './row-store.ts';
import type { RunnerThreadSettings } from './thread-messages.ts';

export interface SequenceState {
  length: number;
  readonly layers: readonly { readonly keys: RowStore; readonly values: RowStore }[];
}

export function newSequenceState({ config, contextTokensMax }: RunnerThreadSettings): SequenceState {
  const store = (kind: 'local' | 'global') =>
    new RowStore({
      rowFloats: config.kvHeads * config.headDim,
      // The query's own position is in its window too.
      keepRows: kind === 'local' ? config.window - 1 : contextTokensMax,
      rowsMax: contextTokensMax,
    });
  return { length: 0, layers: config.layers.map((kind) => ({ keys: store(kind), values: store(kind) })) };
}

export function loadSession(settings: RunnerThreadSettings): Promise<InferenceSession> {
  const spinning = settings.spins ? '1' : '0';
  return InferenceSession.create(settings.graphFile, {
    intraOpNumThreads: settings.threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: spinning } } },
  });
}

export interface RunChunkOptions {
  readonly session: InferenceSession;
  readonly config: Gemma3Config;
  readonly embeddings: EmbeddingRows;
}

/**
 * Appends one chunk to a sequence.
 * @param rows which of the chunk's positions want logits.
 * @returns [rows.length, vocabSize].
 */
export async function runChunk(
  sequence: SequenceState,
  chunk: { readonly ids: Int32Array; readonly rows: readonly number[] },
  { session, config, embeddings }: RunChunkOptions,
): Promise<Float32Array> {
  const { ids, rows } = chunk;
  const feeds: Record<string, Tensor> = {
    inputs_embeds: new Tensor('float32', embeddings.read(ids), [1, ids.length, config.hidden]),
    rows: new Tensor('int64', BigInt64Array.from(rows.map(BigInt)), [rows.length]),
  };
  for (const kind of ['local', 'global'] as const)
    addPositions(feeds, kind, { sequence, config, count: ids.length });
  for (const [index, { keys, values }] of sequence.layers.entries()) {
    feeds[`past_key.${index}`] = pastTensor(keys, config);
    feeds[`past_value.${index}`] = pastTensor(values, config);
  }
  const results = await session.run(feeds);
  for (const [index, { keys, values }] of sequence.layers.entries()) {
    keys.append(floatsOf(results, `new_key.${index}`));
    values.append(floatsOf(results, `new_value.${index}`));
  }
  sequence.length += ids.length;
  return floatsOf(results, 'logits');
}

function addPositions(
  feeds: Record<string, Tensor>,
  kind: 'local' | 'global',
  of: { readonly sequence: SequenceState; readonly config: Gemma3Config; readonly count: number },
): void {
  const { sequence, config, count } = of;
  const { cos, sin } = rotationTable(
    { base: config.ropeBase[kind], factor: config.ropeFactor[kind], headDim: config.headDim },
    { first: sequence.length, count },
  );
  const past = kind === 'local' ? Math.min(sequence.length, config.window - 1) : sequence.length;
  feeds[`cos_${kind}`] = new Tensor('float32', cos, [count, config.headDim / 2]);
  feeds[`sin_${kind}`] = new Tensor('float32', sin, [count, config.headDim / 2]);
  feeds[`last_${kind}`] = new Tensor('int32', Int32Array.of(past + count - 1), [1]);
  feeds[`total_${kind}`] = new Tensor('int32', Int32Array.of(past + count), [1]);
}

function pastTensor(store: RowStore, { kvHeads, headDim }: Gemma3Config): Tensor {
  const dims = kvHeads === 1 ? [1, 1, store.rows, headDim] : [1, store.rows, kvHeads, headDim];
  return new Tensor('float32', store.visible, dims);
}

function floatsOf(results: InferenceSession.OnnxValueMapType, name: string): Float32Array {
  const data = results[name]?.data;
  if (!(data instanceof Float32Array)) throw new Error(`the graph gives no ${name}`);
  return data;
}
