/**
 * An answer as server-sent events. A choice's finish reason appears only after the worker said that the choice is whole, and
 * `[DONE]` only after all are; otherwise the last event is `{"error": …}`.
 */

import type { DoneFrame } from '../rpc/contract/generate.ts';
import type { AnswerShape } from './answer-shape.ts';
import { usageOfAll } from './completion-usage.ts';
import type { ErrorEnvelope } from './http-errors.ts';
import type { ChoiceFrame } from './runtime/choice-frames.ts';

export type AnswerEnd = DoneFrame['done'];

export interface EventHooks {
  readonly choices: number;
  readonly includeUsage: boolean;
  /** The answer is whole. Called before its end is sent. @param ends by the index of their choice. */
  onDone(ends: readonly AnswerEnd[]): void;
  /** The answer broke off. @returns what the client is told. */
  onError(error: unknown): ErrorEnvelope;
}

export interface AnswerEventsOptions extends EventHooks {
  readonly shape: AnswerShape;
}

export async function* answerEvents(
  frames: AsyncIterable<ChoiceFrame>,
  options: AnswerEventsOptions,
): AsyncGenerator<string, void, undefined> {
  const { shape, choices, includeUsage } = options;
  const ends: AnswerEnd[] = [];
  try {
    for (let index = 0; index < choices; index += 1) {
      const begin = shape.begin(index);
      if (begin !== undefined) yield event(begin);
    }
    let ended = 0;
    for await (const { index, frame } of frames) {
      if ('done' in frame) {
        ends[index] = frame.done;
        ended += 1;
        if (ended === choices) options.onDone(ends);
        yield event(shape.end(index, frame.done.finishReason));
      } else {
        const { text, calls = [], logprobs = [] } = frame;
        if (text !== '' || calls.length > 0 || logprobs.length > 0)
          yield event(shape.piece(index, { text, calls, logprobs }));
      }
    }
    if (includeUsage) yield event(shape.usage(usageOfAll(ends.map(({ usage }) => usage))));
    yield 'data: [DONE]\n\n';
  } catch (error) {
    yield event(options.onError(error));
  }
}

/** JSON holds no raw line break, so one `data:` line holds it all. */
function event(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
