/** What a client saw of one answer, and nothing else: the checker judges by this alone. Times are of the drill's own clock, in milliseconds. */

/** How a stream ended, as its client could tell. */
export type StreamEnd =
  /** `[DONE]` after everything. */
  | 'done'
  /** The response ended as one that is whole, but without `[DONE]`. */
  | 'closed'
  /** An error event, or a status other than 200. */
  | 'error'
  /** The connection broke, or none came about. */
  | 'broken'
  /** The client waited too long and left. */
  | 'timeout';

export interface SeenToken {
  /** The token's bytes in hexadecimal. */
  readonly bytes: string;
  readonly atMs: number;
}

export interface Transcript {
  /** Index in the drill's list of requests. */
  readonly request: number;
  /** 0, or 1 for the retry. */
  readonly attempt: number;
  readonly gateway: string;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly end: StreamEnd;
  /** Of a refusal or an error event: its code, else its status. */
  readonly errorCode?: string;
  /** What it says in words. */
  readonly errorText?: string;
  readonly tokens: readonly SeenToken[];
  readonly text: string;
  readonly finishReason?: string;
  readonly completionTokens?: number;
  readonly promptTokens?: number;
  /** As the answer names it. */
  readonly model?: string;
}

/** The undisturbed answer to the same request by the same model. */
export interface Reference {
  /** Bytes of each token in hexadecimal. */
  readonly tokens: readonly string[];
  readonly text: string;
  readonly finishReason: string;
}
