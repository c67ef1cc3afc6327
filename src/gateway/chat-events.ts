/**
 * A chat completion as server-sent events. `[DONE]` and a finish reason appear only after the worker said that the
 * answer is whole; otherwise the last event is `{"error": …}`.
 */

import type { DoneFrame } from '../rpc/contract/generate.ts';
import { type AnswerHead, chatChunk, usageChunk } from './chat-response.ts';
import type { ErrorEnvelope } from './http-errors.ts';
import type { AnswerFrame } from './runtime/answer-frames.ts';

export interface ChatEventsOptions {
  readonly includeUsage: boolean;
  /** The answer is whole. Called before its end is sent. */
  onDone(done: DoneFrame['done']): void;
  /** The answer broke off. @returns what the client is told. */
  onError(error: unknown): ErrorEnvelope;
}

export async function* chatEvents(
  frames: AsyncIterable<AnswerFrame>,
  head: AnswerHead,
  options: ChatEventsOptions,
): AsyncGenerator<string, void, undefined> {
  const { includeUsage } = options;
  try {
    yield event(
      chatChunk(head, { delta: { role: 'assistant', content: '' }, finishReason: null }, includeUsage),
    );
    for await (const frame of frames) {
      if ('done' in frame) {
        options.onDone(frame.done);
        yield event(chatChunk(head, { delta: {}, finishReason: frame.done.finishReason }, includeUsage));
        if (includeUsage) yield event(usageChunk(head, frame.done.usage));
        yield 'data: [DONE]\n\n';
      } else if (frame.text !== '') {
        yield event(chatChunk(head, { delta: { content: frame.text }, finishReason: null }, includeUsage));
      }
    }
  } catch (error) {
    yield event(options.onError(error));
  }
}

/** JSON holds no raw line break, so one `data:` line holds it all. */
function event(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
