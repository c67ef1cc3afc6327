/** The engine's own bounds, which the real one does not have. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CallTable, pendingCallsMax } from '../../../src/rpc/engine/call-table.ts';
import { ChannelTable } from '../../../src/rpc/engine/channel-table.ts';
import type { Peer } from '../../../src/rpc/engine/peer.ts';
import { isJsonDeeperThan, sortedJson } from '../../../src/rpc/engine/sorted-json.ts';
import { RawPeer, startTestEngine } from './conformance/raw-peer.ts';

test('a full table of channels forgets one that is over, then one that nobody joined for five minutes, and else refuses', () => {
  let nowMs = 0;
  const table = new ChannelTable({ now: () => nowMs, channelsMax: 2 });
  const [first, second] = [table.create(1), table.create(1)];
  if (first === undefined || second === undefined) throw new Error('no channel');
  expect(table.create(1)).toBeUndefined();
  table.enter(second, 'over');
  const third = table.create(1);
  expect(third).toBeDefined();
  expect(table.find(second.id, second.accessKey)).toBeUndefined();
  expect(table.find(first.id, first.accessKey)).toBe(first);
  nowMs = 300_001;
  expect(table.create(1)).toBeDefined();
  expect(table.find(first.id, first.accessKey)).toBeUndefined();
});

test('a channel that is in use is never forgotten, and what it buffers is counted', () => {
  let nowMs = 0;
  const table = new ChannelTable({ now: () => nowMs, channelsMax: 1 });
  const channel = table.create(4);
  if (channel === undefined) throw new Error('no channel');
  Object.assign(channel, { hasReader: true, hasWriter: true });
  table.push(channel, { bytes: Buffer.alloc(10), isBinary: true });
  table.push(channel, { bytes: Buffer.alloc(5), isBinary: true });
  expect([table.bufferedBytes, channel.bufferedBytes]).toEqual([15, 15]);
  table.shift(channel);
  expect(table.bufferedBytes).toBe(5);
  nowMs = 10_000_000;
  expect(table.create(1)).toBeUndefined();
  table.discard(channel);
  expect(table.bufferedBytes).toBe(0);
});

test('an engine that has no room for a channel says so', async () => {
  await using engine = await startTestEngine({ channelsMax: 1 });
  await using peer = await RawPeer.connect(engine.url);
  expect((await peer.ask('engine::channels::create')).error).toBeUndefined();
  expect((await peer.ask('engine::channels::create')).error).toMatchObject({ code: 'channel_limit' });
});

test('a table of calls is full at its bound, and not before', () => {
  const peer: Peer = {
    id: 'worker',
    reattachToken: '',
    ipAddress: '',
    connectedAtMs: 0,
    session: undefined,
    identity: undefined,
    send: () => {},
    unsentCalls: () => new Set(),
    close: () => {},
    terminate: () => {},
  };
  const calls = new CallTable();
  for (let count = 0; count < pendingCallsMax; count += 1) {
    if (calls.isFull) throw new Error(`full at ${count}`);
    calls.start({ id: `${count}`, functionId: 'f', target: peer, caller: undefined, settle: () => {} });
  }
  expect(calls.isFull).toBe(true);
  calls.settle('0', {});
  expect(calls.isFull).toBe(false);
});

test('sorted JSON holds the same value, with the keys of every object in order', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = sortedJson(value);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(sortedJson(JSON.parse(text))).toBe(text);
    }),
  );
  expect(sortedJson(JSON.parse('{"b":1,"__proto__":{"x":1},"a":2,"10":3,"9":4}'))).toBe(
    '{"10":3,"9":4,"__proto__":{"x":1},"a":2,"b":1}',
  );
});

test.each([
  [{}, 0, true],
  [{}, 1, false],
  [{ a: [1] }, 1, true],
  [{ a: [1] }, 2, false],
  ['text', 0, false],
])('%j is deeper than %d levels: %s', (value, levels, expected) => {
  expect(isJsonDeeperThan(value, levels)).toBe(expected);
});
