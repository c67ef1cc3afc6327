/**
 * A graph run through onnxruntime-node. `run` blocks its thread while the graph computes and cannot be ended in the middle, so this
 * belongs into a thread of its own. The caches are read and written where they lie, and then copied once more by the binding, for nothing.
 */

import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Gemma3Config } from '../gemma3-config.ts';
import { AbortedRun, evenRows, type GraphSession, type GraphStep, type StepResult } from './graph-session.ts';
import type { KvCache } from './kv-cache.ts';
import { rotationTables } from './rotation-table.ts';

export interface PortableSessionOptions {
  readonly graphFile: string;
  readonly config: Gemma3Config;
  readonly kv: KvCache;
  readonly contextTokensMax: number;
  readonly threads: number;
  readonly spins: boolean;
  readonly executionProvider: 'cpu' | 'cuda';
}

/** @throws Error when the graph or the execution provider cannot be loaded. */
export async function openPortableSession(options: PortableSessionOptions): Promise<GraphSession> {
  const session = await InferenceSession.create(options.graphFile, {
    executionProviders: [options.executionProvider],
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    // Fatal alone: an error is thrown, and told by whoever asked.
    logSeverityLevel: 4,
    extra: { session: { intra_op: { allow_spinning: options.spins ? '1' : '0' } } },
  });
  const { config, kv, contextTokensMax } = options;
  const constants = Object.fromEntries(
    rotationTables(config, contextTokensMax).map(({ name, values }) => [
      name,
      new Tensor('float32', values, [contextTokensMax, config.headDim / 2]),
    ]),
  );
  return {
    async run(step, signal) {
      if (signal?.aborted === true) throw new AbortedRun();
      const caches = kv.tensors.map((tensor) => {
        const { firstSlot: first, lengths } = step;
        const values = kv.view(tensor, { first, count: lengths.length });
        return [tensor.name, new Tensor('float32', values, kv.dims(tensor.kind, lengths.length))] as const;
      });
      const { feeds, fetches, results } = stepTensors(step, config);
      for (const [name, cache] of caches) {
        feeds[`past_${name}`] = cache;
        fetches[`present_${name}`] = cache;
      }
      await session.run({ ...feeds, ...constants }, fetches);
      return results;
    },
    [Symbol.asyncDispose]: () => session.release(),
  };
}

function stepTensors({ lengths, seq, embeddings, rows }: GraphStep, { hidden, vocabSize }: Gemma3Config) {
  const batch = lengths.length;
  const even = evenRows(rows);
  const logits = new Float32Array(even.length * vocabSize);
  const states = new Float32Array(even.length * hidden);
  const feeds: Record<string, Tensor> = {
    inputs_embeds: new Tensor('float32', embeddings, [batch, seq, hidden]),
    rows: new Tensor('int64', BigInt64Array.from(even.map(BigInt)), [even.length]),
    last_positions: new Tensor(
      'int32',
      Int32Array.from(lengths, (length) => length + seq - 1),
      [batch],
    ),
    longest: new Tensor('int32', Int32Array.of(Math.max(...lengths) + seq), [1]),
  };
  const fetches: Record<string, Tensor> = {
    logits: new Tensor('float32', logits, [even.length, vocabSize]),
    hidden: new Tensor('float32', states, [even.length, hidden]),
  };
  const results: StepResult = {
    logits: logits.subarray(0, rows.length * vocabSize),
    hidden: states.subarray(0, rows.length * hidden),
  };
  return { feeds, fetches, results };
}
