/** The small inputs of one run of an export's graph, and the logits that come of it. */

import { Tensor } from 'onnxruntime-node';
import type { PrefillOptions, Runner } from '../runner.ts';
import type { ExportInterface } from './export-interface.ts';

export interface ExportStep {
  readonly ids: readonly number[];
  /** Positions that the sequence holds before the run. */
  readonly length: number;
  readonly logits: PrefillOptions['logits'];
}

/** Without the caches. */
export function stepFeeds(
  { hasAttentionMask, hasPositionIds, keepDims }: ExportInterface,
  { ids, length, logits }: ExportStep,
): Record<string, Tensor> {
  const count = ids.length;
  const total = length + count;
  const positions = ids.map((_, index) => BigInt(length + index));
  const mask = new BigInt64Array(total).fill(1n);
  return {
    input_ids: new Tensor('int64', BigInt64Array.from(ids.map(BigInt)), [1, count]),
    ...(hasAttentionMask ? { attention_mask: new Tensor('int64', mask, [1, total]) } : {}),
    ...(hasPositionIds
      ? { position_ids: new Tensor('int64', BigInt64Array.from(positions), [1, count]) }
      : {}),
    ...(keepDims === undefined
      ? {}
      : // 0 keeps all.
        {
          num_logits_to_keep: new Tensor('int64', BigInt64Array.of(logits === 'all' ? 0n : 1n), [
            ...keepDims,
          ]),
        }),
  };
}

/**
 * @returns the rows that were asked for, in an array of their own.
 * @throws Error when the graph gives another number of them than it has to.
 */
export function logitsOf(
  tensor: Tensor | undefined,
  {
    ids,
    logits,
    of: { vocabSize },
  }: Pick<ExportStep, 'ids' | 'logits'> & { readonly of: Pick<Runner, 'vocabSize'> },
): Float32Array {
  const data = tensor?.data;
  const wanted = vocabSize * (logits === 'all' ? ids.length : 1);
  if (tensor === undefined || !ArrayBuffer.isView(data) || tensor.dims.at(-1) !== vocabSize) {
    throw new Error(`its logits are ${tensor?.dims.join('×')}, and the vocabulary has ${vocabSize} entries`);
  }
  const values = asFloats(tensor.type, data);
  if (values.length < wanted) throw new Error(`its logits are of ${values.length / vocabSize} positions`);
  return values.length === wanted ? values : values.slice(values.length - wanted);
}

function asFloats(type: string, data: ArrayBufferView): Float32Array {
  if (data instanceof Float32Array) return data;
  if (type !== 'float16') throw new Error(`its logits are of ${type}`);
  const bits = new Float16Array(data.buffer, data.byteOffset, data.byteLength / 2);
  return Float32Array.from(bits);
}
