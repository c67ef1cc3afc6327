/**
 * The numbers of a Gemma-3 text model, whatever file they come from. Every size that a reader lets through is within bounds
 * that any published Gemma-3 is far below, so that a corrupt number cannot become a huge allocation later.
 */

import { modelFileInvalid, modelUnsupported } from './gguf/model-file-error.ts';

export interface Gemma3Config {
  readonly vocabSize: number;
  readonly hidden: number;
  readonly feedForward: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  /** `local` layers see the last `window` positions, the query's own among them; `global` ones see all. */
  readonly layers: readonly ('local' | 'global')[];
  readonly window: number;
  readonly contextTokensMax: number;
  readonly rmsEps: number;
  readonly attentionScale: number;
  readonly ropeBase: { readonly local: number; readonly global: number };
  /** Positions are divided by this before rotation. Gemma-3 stretches global layers alone. */
  readonly ropeFactor: { readonly local: number; readonly global: number };
}

/** Largest value of each size. */
export const gemma3Bounds = {
  layers: 1024,
  hidden: 65_536,
  feedForward: 1 << 20,
  heads: 1024,
  headDim: 4096,
  window: 1 << 20,
  contextTokens: 1 << 24,
} as const;

/**
 * Sizes that are each in bounds and together make no model.
 * @param path names the model in the error.
 * @throws DrydockError WORKER_MODEL_UNSUPPORTED, WORKER_MODEL_FILE_INVALID
 */
export function checkGemma3Heads(
  path: string,
  { heads, kvHeads, headDim }: Pick<Gemma3Config, 'heads' | 'kvHeads' | 'headDim'>,
): void {
  // onnxruntime's GroupQueryAttention takes no other.
  if (headDim % 16 !== 0) throw modelUnsupported(path, `its head length ${headDim} is no multiple of 16`);
  if (heads % kvHeads !== 0) throw modelFileInvalid(path, `${heads} heads cannot share ${kvHeads} kv heads`);
}
