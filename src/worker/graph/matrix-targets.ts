/** In which form the matrices of a model enter its graph, and which of them have their inputs smoothed first. Pure. */

import type { ModelSource, SourceTensor } from '../model-source.ts';
import type { GraphOptions } from './graph-variant.ts';
import { isExactTarget } from './pack-blocks.ts';
import { type BlockSize, fittingTarget, type WeightTarget, weightTarget } from './weight-scheme.ts';

/**
 * Elements that share a scale where a scheme is free to choose. Activations are quantised by the same blocks as weights, so small ones keep
 * closer to float32; large ones are read and multiplied faster, and smoothed inputs make up for most of it. The input of `ffn_down`, which is a
 * product and has large values all over, keeps smaller ones. What counts of the head's is scored again (`runtime/rescore-shortlist.ts`).
 */
const usualBlock: BlockSize = 128;
const downBlock: BlockSize = 64;

/** @param tensor a matrix of a layer, whose blocks are counted in elements of one of its rows. */
export function bodyTarget(tensor: SourceTensor, options: GraphOptions): WeightTarget {
  return targetOf(tensor, options, tensor.name.endsWith('ffn_down.weight') ? downBlock : usualBlock);
}

/** @param head as `headOf` gives it. `options.head` counts before `options.weights`. */
export function headTarget(head: SourceTensor, options: GraphOptions): WeightTarget {
  if (options.head === '4-bit') return { kind: 'blocks', bits: 4, block: usualBlock };
  return targetOf(head, options, usualBlock);
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

/** What the head's input is called. */
export const headInput = 'head';

/** The inputs that are to be smoothed, `blk.0.qkv` and so on: those of matrices that are rounded to large blocks anyway. */
export function smoothedInputs(
  { tensors, config }: Pick<ModelSource, 'tensors' | 'config'>,
  options: GraphOptions,
): readonly string[] {
  const ofLayers = config.layers.flatMap((_, layer) =>
    layerInputs.flatMap(({ name, takers, maker }) => {
      const forms = (kinds: readonly string[]) =>
        kinds.map((kind) => {
          const tensor = tensors.get(`blk.${layer}.${kind}.weight`);
          return tensor === undefined ? 'kept' : formOf(tensor, bodyTarget(tensor, options));
        });
      const taking = forms(takers);
      const all = maker === undefined ? taking : [...taking, ...forms([maker])];
      return taking.includes('rounded') && !all.includes('kept') ? [`blk.${layer}.${name}`] : [];
    }),
  );
  const head = headOf(tensors);
  const isSmoothedHead = head !== undefined && formOf(head, headTarget(head, options)) === 'rounded';
  return isSmoothedHead ? [...ofLayers, headInput] : ofLayers;
}

/** The output matrix, which mostly is the embedding. */
export function headOf(tensors: ModelSource['tensors']): SourceTensor | undefined {
  return tensors.get('output.weight') ?? tensors.get('token_embd.weight');
}

/** `kept`: blocks whose numbers stay what they are in the file, or are too coarse to be multiplied first. */
function formOf({ type, shape }: SourceTensor, wanted: WeightTarget): 'float' | 'rounded' | 'kept' {
  const target = fittingTarget(wanted, shape[0] ?? 0);
  if (target.kind === 'float32') return 'float';
  const isRounded = target.bits === 8 && target.block > 16 && !isExactTarget(type, target);
  return isRounded ? 'rounded' : 'kept';
}
