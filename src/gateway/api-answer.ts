/** One answer as an API tells it: whole, or as the text of server-sent events. */

import type { Usage } from '../rpc/contract/generate.ts';
import { answerEvents, type EventHooks } from './answer-events.ts';
import type { AnswerShape, WholeChoice } from './answer-shape.ts';
import type { ChoiceFrame } from './runtime/choice-frames.ts';

export interface ApiAnswer {
  /** @param choices by their index. */
  whole(choices: readonly WholeChoice[], usage: Usage): object;
  /** Ends with the last event of an answer that is whole, or with one that tells the error. Never throws. */
  events(frames: AsyncIterable<ChoiceFrame>, hooks: EventHooks): AsyncGenerator<string, void, undefined>;
}

/** That of an API whose stream is chunks and `[DONE]`. */
export function chunkedAnswer(shape: AnswerShape): ApiAnswer {
  return {
    whole: (choices, usage) => shape.whole(choices, usage),
    events: (frames, hooks) => answerEvents(frames, { ...hooks, shape }),
  };
}
