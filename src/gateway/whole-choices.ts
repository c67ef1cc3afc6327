/** Gathers the frames of an answer until all of its choices are whole. */

import type { ChosenLogprob } from '../rpc/contract/generate.ts';
import type { CallPiece } from '../rpc/contract/tools.ts';
import type { AnswerEnd } from './answer-events.ts';
import type { WholeChoice } from './answer-shape.ts';
import type { ChoiceFrame } from './runtime/choice-frames.ts';

interface Gathering {
  text: string;
  readonly calls: CallPiece[];
  readonly logprobs: ChosenLogprob[];
  end?: AnswerEnd;
}

/** @returns `count` choices by their index. @throws what `frames` throws. */
export async function wholeChoices(
  frames: AsyncIterable<ChoiceFrame>,
  count: number,
): Promise<readonly (WholeChoice & AnswerEnd)[]> {
  const gathered = Array.from({ length: count }, (): Gathering => ({ text: '', calls: [], logprobs: [] }));
  for await (const { index, frame } of frames) {
    const choice = gathered[index];
    if (choice === undefined) throw new TypeError('a frame is of a choice that was not asked for');
    if ('done' in frame) choice.end = frame.done;
    else {
      choice.text += frame.text;
      for (const piece of frame.calls ?? []) addPiece(choice.calls, piece);
      choice.logprobs.push(...(frame.logprobs ?? []));
    }
  }
  return gathered.map(({ text, calls, logprobs, end }) => {
    // `answerFrames` throws where no end came.
    if (end === undefined) throw new TypeError('a choice ended without its end');
    return { text, calls, logprobs, ...end };
  });
}

function addPiece(calls: CallPiece[], piece: CallPiece): void {
  const begun = calls[piece.index];
  calls[piece.index] =
    begun === undefined ? piece : { ...begun, arguments: begun.arguments + piece.arguments };
}
