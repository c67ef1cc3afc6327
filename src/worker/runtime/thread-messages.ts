/** What the main thread and a runner's thread say to each other. Both sides are ours, so nothing is validated. */

/** Sequences and chunks live in the thread and are numbers outside. */
export type RunnerCall =
  | { readonly kind: 'open'; readonly sequence: number }
  | { readonly kind: 'close'; readonly sequence: number }
  | {
      readonly kind: 'prefill';
      readonly sequence: number;
      readonly ids: readonly number[];
      readonly logits: 'none' | 'last' | 'all';
    }
  | {
      readonly kind: 'decode';
      readonly tokens: readonly { readonly sequence: number; readonly id: number }[];
    }
  | { readonly kind: 'copy'; readonly sequence: number; readonly chunk: number }
  | { readonly kind: 'append'; readonly sequence: number; readonly chunk: number }
  | { readonly kind: 'forget'; readonly chunk: number }
  | { readonly kind: 'stop' };

export interface ToRunnerThread {
  readonly request: number;
  readonly call: RunnerCall;
}

/** Logits of a run, or the bytes of a copied chunk; empty for the rest. */
export type RunnerAnswer = Float32Array | number | undefined;

export type FromRunnerThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly request: number; readonly answer: RunnerAnswer }
  | { readonly kind: 'failed'; readonly request: number; readonly code: string; readonly message: string };
