import { expect, test } from 'vitest';
import { readEvents, type StreamEvent } from '../../../../src/worker/upstream/event-stream.ts';
import { errorOf } from './upstream-model.ts';

async function* once(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

async function eventsOf(parts: readonly Uint8Array[]): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  for await (const event of readEvents(once(parts))) events.push(event);
  return events;
}

const whole = Buffer.from(
  'data: {"a":"é🙂"}\n\n: ping\nevent: x\r\ndata:no space\r\n\nerror: {"b":1}\n\ndata: cut',
);
const events = [
  { field: 'data', value: '{"a":"é🙂"}' },
  { field: 'data', value: 'no space' },
  { field: 'error', value: '{"b":1}' },
];

test('reads the same events however the bytes are cut, and not what was cut off', async () => {
  for (let at = 0; at <= whole.length; at++) {
    expect(await eventsOf([whole.subarray(0, at), whole.subarray(at)])).toEqual(events);
  }
  expect(await eventsOf([...whole].map((byte) => Buffer.from([byte])))).toEqual(events);
});

test('refuses a line without an end', async () => {
  const part = Buffer.alloc(1024 * 1024, 'secret');
  const error = await errorOf(eventsOf(Array.from({ length: 9 }, () => part)));
  expect(error.code).toBe('RPC_GENERATION_FAILED');
  expect(error.message).toMatch(/a line of more than 8388608 bytes/);
});
