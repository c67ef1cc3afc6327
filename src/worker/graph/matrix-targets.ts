/** In which form the matrices of a model enter its graph, and which of them have their inputs smoothed first. Pure. */

import type { ModelSource, SourceTensor } from '../model-source.ts';
import type { GraphOptions } from './graph-variant.ts';
import { isExactTarget } from './pack-blocks.ts';
import { type BlockSize, fittingTarget, type WeightTarget, weightTarget } from './weight-scheme.ts';

/**
 * Elements that share a scale where a scheme is free to choose. Activations are quantised by the same blocks as weights, so small ones keep
 * closer to float32; large ones are read and multiplied faster, and smoothed inputs make up for them in the body. What counts of the head's
 * is scored again (`runtime/rescore-shortlist.ts`).
 */
const bodyBlock: BlockSize = 64;
const headBlock: BlockSize = 128;

export function bodyTarget(tensor: SourceTensor, options: GraphOptions): WeightTarget {
  return targetOf(tensor, options, bodyBlock);
}

export function headTarget(head: SourceTensor, options: GraphOptions): WeightTarget {
  if (options.head === '4-bit') return { kind: 'blocks', bits: 4, block: headBlock };
  return targetOf(head, options, headBlock);
}

function targetOf({ type }: SourceTensor, options: GraphOptions, usual: BlockSize): WeightTarget {
  return weightTarget(type, options.weights ?? 'auto', { block: options.block ?? usual });
}

/** The matrices of a layer that take one input, and whose rows that input comes from where it is no norm. */
export const layerInputs = [
  { name: 'qkv', takers: ['attn_q', 'attn_k', 'attn_v'], maker: undefined },
  { name: 'attn_output', takers: ['attn_output'], maker: 'attn_v' },
  { name: 'gate_up', takers: ['ffn_gate', 'ffn_up'], maker: undefined },
  { name: 'ffn_down', takers: ['ffn_down'], maker: 'ffn_up' },
] as const;

/** The inputs that are to be smoothed, `blk.0.qkv` and so on: those of matrices that are rounded to large blocks anyway. */
export function smoothedInputs(
  { tensors, config }: Pick<ModelSource, 'tensors' | 'config'>,
  options: GraphOptions,
): readonly string[] {
  return config.layers.flatMap((_, layer) =>
    layerInputs.flatMap(({ name, takers, maker }) => {
      const forms = (kinds: readonly string[]) =>
        kinds.map((kind) => formOf(tensors.get(`blk.${layer}.${kind}.weight`), options));
      const taking = forms(takers);
      const all = maker === undefined ? taking : [...taking, ...forms([maker])];
      return taking.includes('rounded') && !all.includes('kept') ? [`blk.${layer}.${name}`] : [];
    }),
  );
}

/** `kept`: blocks whose numbers stay what they are in the file, or are too coarse to be multiplied first. */
function formOf(tensor: SourceTensor | undefined, options: GraphOptions): 'float' | 'rounded' | 'kept' {
  if (tensor === undefined) return 'kept';
  const target = fittingTarget(bodyTarget(tensor, options), tensor.shape[0] ?? 0);
  if (target.kind === 'float32') return 'float';
  const isRounded = target.bits === 8 && target.block > 16 && !isExactTarget(tensor.type, target);
  return isRounded ? 'rounded' : 'kept';
}
