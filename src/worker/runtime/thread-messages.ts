/** What the main thread and a runner's thread say to each other. Both sides are ours, so nothing is validated. */

import type { Gemma3Config } from '../gguf/gemma3-config.ts';
import type { GgufTensor } from '../gguf/gguf-header.ts';

/** The thread's `workerData`. */
export interface RunnerThreadSettings {
  readonly modelFile: string;
  readonly graphFile: string;
  readonly config: Gemma3Config;
  readonly embedding: GgufTensor;
  readonly contextTokensMax: number;
  readonly threads: number;
  readonly spins: boolean;
  readonly chunkTokens: number;
}

export type ToRunnerThread =
  | {
      readonly kind: 'feed';
      readonly request: number;
      /** A number not seen before starts a sequence. */
      readonly sequence: number;
      readonly ids: Int32Array;
      readonly logits: 'last' | 'all';
    }
  | { readonly kind: 'abort'; readonly request: number }
  | { readonly kind: 'close'; readonly sequence: number }
  | { readonly kind: 'stop' };

export type FromRunnerThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly request: number; readonly logits: Float32Array }
  | { readonly kind: 'aborted'; readonly request: number }
  | { readonly kind: 'failed'; readonly request: number; readonly reason: string };
