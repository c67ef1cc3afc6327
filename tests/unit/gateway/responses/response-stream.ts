/** The events of a response's stream, read from its text and each held against OpenAI's own shape. */

import { expect } from 'vitest';
import { eventsOf } from '../http-exchange.ts';
import { expectShape } from '../openai-schema.ts';

export interface StreamedEvent {
  readonly type: string;
  readonly sequence_number: number;
  readonly [field: string]: unknown;
}

/** Without heartbeats. */
export function streamedEvents(text: string): readonly StreamedEvent[] {
  const events = eventsOf(text)
    .filter((event) => !event.startsWith(':'))
    .map((event) => {
      const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(event) ?? [];
      const parsed: StreamedEvent = JSON.parse(data ?? '');
      expect(name).toBe(parsed.type);
      expectShape('ResponseStreamEvent', parsed);
      return parsed;
    });
  expect(events.map(({ sequence_number }) => sequence_number)).toEqual([...events.keys()]);
  return events;
}
