/**
 * What the bench and the program of one side say to each other: JSON lines, one request at a time. Each side is a process of its own,
 * loaded once; while the other is measured it waits for its standard input.
 */

/** Every time is measured by the side itself, in milliseconds, and covers neither its preparations nor this protocol. */
export type SideRequest =
  /** Runs a prompt into an empty sequence. No token is chosen. */
  | { readonly op: 'prefill'; readonly ids: readonly number[] }
  /**
   * Runs each prompt into a sequence of its own, and takes time from when each has its first token until each has `tokens` more. Every token
   * is the likeliest one, and is chosen within that time.
   */
  | { readonly op: 'decode'; readonly prompts: readonly (readonly number[])[]; readonly tokens: number }
  /** From a prompt to its first token, chosen. The first `cachedTokens`, or as many as the side's chunks allow, were computed before. */
  | { readonly op: 'first token'; readonly ids: readonly number[]; readonly cachedTokens: number }
  /** The likeliest tokens, to see that a side makes sense. */
  | { readonly op: 'continue'; readonly ids: readonly number[]; readonly tokens: number }
  /** Writes the logits of every position to a file: float32 [ids.length, vocabSize], row by row. */
  | { readonly op: 'logits'; readonly ids: readonly number[]; readonly file: string };

export interface SideReply {
  readonly ms?: number;
  readonly ids?: readonly number[];
  /** Where the request could not be met: it says why. */
  readonly error?: string;
}

export interface SideReady {
  readonly ready: true;
  /** What runs, as it names itself. */
  readonly what: string;
}

/** What a side's engine has to do; the times are its own. */
export interface Engine {
  readonly what: string;
  prefill(ids: readonly number[]): Promise<number>;
  decode(prompts: readonly (readonly number[])[], tokens: number): Promise<number>;
  firstToken(ids: readonly number[], cachedTokens: number): Promise<number>;
  continueGreedily(ids: readonly number[], tokens: number): Promise<readonly number[]>;
  writeLogits(ids: readonly number[], file: string): Promise<void>;
}

export interface EngineSettings {
  readonly modelFile: string;
  readonly threads: number;
  readonly sequencesMax: number;
  readonly contextTokensMax: number;
}

/** Only for our side. */
export interface OurSettings extends EngineSettings {
  readonly kind: 'native' | 'portable';
  readonly graphDir: string;
  /** Tokens of each row whose logits are computed anew. */
  readonly shortlistTokens: number;
  /** Whether idle threads spin within a run. */
  readonly spins: boolean;
}
