/**
 * A response as server-sent events in OpenAI's order, numbered from 0. `response.completed` and `response.incomplete` come only after the
 * worker said that the answer is at its end. An answer that breaks off ends with `response.failed` and then `error`, at which clients throw.
 */

import type { EventHooks } from '../answer-events.ts';
import type { ChoiceFrame } from '../runtime/choice-frames.ts';
import {
  begunResponse,
  endedResponse,
  failedResponse,
  itemId,
  messageItem,
  type ResponseOptions,
  textPart,
} from './response-object.ts';

export type ResponseEventsOptions = ResponseOptions & Pick<EventHooks, 'onDone' | 'onError'>;

export async function* responseEvents(
  frames: AsyncIterable<ChoiceFrame>,
  options: ResponseEventsOptions,
): AsyncGenerator<string, void, undefined> {
  const event = numbered();
  const place = { output_index: 0, content_index: 0, item_id: itemId(options) };
  const answer: Gathering = { text: '', logprobs: [] };
  try {
    yield event('response.created', { response: begunResponse(options) });
    yield event('response.in_progress', { response: begunResponse(options) });
    yield event('response.output_item.added', { output_index: 0, item: messageItem('in_progress', options) });
    yield event('response.content_part.added', { ...place, part: textPart(answer, options) });
    for await (const { frame } of frames) {
      if (!('done' in frame)) {
        const { text, logprobs = [] } = frame;
        answer.text += text;
        answer.logprobs.push(...logprobs);
        const delta = { delta: text, logprobs: textPart({ text, logprobs }, options).logprobs };
        if (text !== '' || delta.logprobs.length > 0)
          yield event('response.output_text.delta', { ...place, ...delta });
        continue;
      }
      options.onDone([frame.done]);
      const response = endedResponse({ ...answer, ...frame.done }, options);
      const part = textPart(answer, options);
      const { text, logprobs } = part;
      yield event('response.output_text.done', { ...place, text, logprobs });
      yield event('response.content_part.done', { ...place, part });
      yield event('response.output_item.done', { output_index: 0, item: response.output[0] });
      yield event(`response.${response.status}`, { response });
    }
  } catch (error) {
    const envelope = options.onError(error);
    const { code, message, param } = envelope.error;
    yield event('response.failed', { response: failedResponse(envelope, options, answer) });
    yield event('error', { code, message, param });
  }
}

interface Gathering {
  text: string;
  readonly logprobs: Parameters<typeof textPart>[0]['logprobs'][number][];
}

/** JSON holds no raw line break, so one `data:` line holds it all. */
function numbered(): (type: string, fields: object) => string {
  let sequenceNumber = 0;
  return (type, fields) => {
    const data = { type, sequence_number: sequenceNumber, ...fields };
    sequenceNumber += 1;
    return `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
  };
}
