/** What an API makes of an answer, whole and in the chunks of a stream. */

import type { ChosenLogprob, FinishReason, Usage } from '../rpc/contract/generate.ts';
import type { CallPiece } from '../rpc/contract/tools.ts';

/** What all parts of one answer share. */
export interface AnswerHead {
  readonly id: string;
  readonly createdUnixSeconds: number;
  readonly model: string;
}

export interface ShapeOptions {
  readonly head: AnswerHead;
  /** What the answer repeats of its request, where the API does so. */
  readonly echo: Readonly<Record<string, unknown>>;
  /** Whether the client asked for log probabilities. */
  readonly withLogprobs: boolean;
  /** Whether the client asked for usage in the stream: then every chunk says that it has none yet. */
  readonly withUsage: boolean;
}

/** The next text and calls of a choice, and the tokens that came with it. */
export interface Piece {
  readonly text: string;
  /** Parts of calls; in a whole answer, all of each. */
  readonly calls: readonly CallPiece[];
  readonly logprobs: readonly ChosenLogprob[];
}

export interface WholeChoice extends Piece {
  readonly finishReason: FinishReason;
}

/** One answer's: it may remember what went before. */
export interface AnswerShape {
  /** @param choices by their index. */
  whole(choices: readonly WholeChoice[], usage: Usage): object;
  /** What a choice begins with in a stream. `undefined`: nothing. */
  begin(index: number): object | undefined;
  piece(index: number, piece: Piece): object;
  end(index: number, finishReason: FinishReason): object;
  /** The chunk before the end of a stream whose client asked for usage. It has no choices. */
  usage(usage: Usage): object;
}
