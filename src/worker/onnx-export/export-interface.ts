/**
 * What a public export's graph takes and gives, told by the names of its inputs and outputs (those of transformers.js and optimum) and
 * held against the model's config. Pure. A graph that wants anything else is refused, for it would be fed wrongly.
 */

import type { Gemma3Config } from '../gemma3-config.ts';
import { quoted } from '../gguf/model-file-error.ts';

/** As onnxruntime-node describes an input or an output. */
export interface TensorDescription {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type?: string;
  /** A text names a length that differs from run to run. */
  readonly shape?: readonly (number | string)[];
}

export type FloatType = 'float32' | 'float16';

export interface ExportInterface {
  readonly hasAttentionMask: boolean;
  readonly hasPositionIds: boolean;
  /** Dimensions of `num_logits_to_keep`; undefined where the graph gives the logits of all positions. */
  readonly keepDims: readonly number[] | undefined;
  readonly caches: readonly ExportCache[];
}

export interface ExportCache {
  readonly past: string;
  readonly present: string;
  readonly type: FloatType;
}

/** Why a graph cannot be run, without its path. */
export class ForeignExport extends Error {
  override readonly name = 'ForeignExport';
}

/** @throws ForeignExport */
export function readExportInterface(
  inputs: readonly TensorDescription[],
  outputs: readonly TensorDescription[],
  { layers, kvHeads, headDim, vocabSize }: Gemma3Config,
): ExportInterface {
  const input = new Map(inputs.map((tensor) => [tensor.name, tensor]));
  const output = new Map(outputs.map((tensor) => [tensor.name, tensor]));
  const ids = ['input_ids', 'attention_mask', 'position_ids', 'num_logits_to_keep'];
  for (const name of ids) checkType(input.get(name), ['int64']);
  checkType(need(output, 'logits', 'output'), floatTypes);
  checkLast(output.get('logits'), vocabSize);
  const caches = layers.flatMap((_, layer) =>
    ['key', 'value'].map((part) => {
      const past = need(input, `past_key_values.${layer}.${part}`, 'input');
      const present = need(output, `present.${layer}.${part}`, 'output');
      for (const tensor of [past, present]) checkCache(tensor, { kvHeads, headDim });
      if (past.type !== present.type) {
        throw new ForeignExport(`${past.name} is of ${past.type} and ${present.name} of ${present.type}`);
      }
      return {
        past: past.name,
        present: present.name,
        type: past.type === 'float16' ? ('float16' as const) : ('float32' as const),
      };
    }),
  );
  need(input, 'input_ids', 'input');
  const known = new Set([...ids, ...caches.map(({ past }) => past)]);
  const other = inputs.find(({ name }) => !known.has(name));
  if (other !== undefined) throw new ForeignExport(`it wants the input ${quoted(other.name)}`);
  const keep = input.get('num_logits_to_keep');
  return {
    hasAttentionMask: input.has('attention_mask'),
    hasPositionIds: input.has('position_ids'),
    keepDims: keep === undefined ? undefined : (keep.shape ?? []).map(() => 1),
    caches,
  };
}

const floatTypes: readonly string[] = ['float32', 'float16'] satisfies FloatType[];

function need(
  tensors: ReadonlyMap<string, TensorDescription>,
  name: string,
  kind: 'input' | 'output',
): TensorDescription {
  const found = tensors.get(name);
  if (found === undefined) throw new ForeignExport(`it has no ${kind} ${name}, which its config calls for`);
  return found;
}

function checkType(tensor: TensorDescription | undefined, types: readonly string[]): void {
  if (tensor === undefined || (tensor.isTensor && types.includes(tensor.type ?? ''))) return;
  throw new ForeignExport(`${tensor.name} is of ${tensor.type}, not of ${types.join(' or ')}`);
}

function checkLast({ name, shape }: TensorDescription = { name: '', isTensor: true }, wanted: number): void {
  const last = shape?.at(-1);
  if (typeof last !== 'number' || last < 0 || last === wanted) return;
  throw new ForeignExport(`${name} has ${last} entries a position, and its config says ${wanted}`);
}

/** [batch, kvHeads, positions, headDim] */
function checkCache(
  tensor: TensorDescription,
  { kvHeads, headDim }: Pick<Gemma3Config, 'kvHeads' | 'headDim'>,
): void {
  checkType(tensor, floatTypes);
  const { name, shape = [] } = tensor;
  const isFixed = (length: number | string | undefined): length is number =>
    typeof length === 'number' && length >= 0;
  const isRight =
    shape.length === 4 &&
    (!isFixed(shape[1]) || shape[1] === kvHeads) &&
    (!isFixed(shape[3]) || shape[3] === headDim) &&
    !isFixed(shape[2]);
  if (isRight) return;
  throw new ForeignExport(`${name} has the shape ${shape.join('×')}, not batch×${kvHeads}×any×${headDim}`);
}
