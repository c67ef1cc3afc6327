/** The engine's own bounds, which the real one does not have. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CallTable, pendingCallsMax } from '../../../src/rpc/engine/call-table.ts';
import { ChannelTable } from '../../../src/rpc/engine/channel-table.ts';
import { FrameLimit, frameBytesMax } from '../../../src/rpc/engine/frame-limit.ts';
import { functionsPerPeerMax } from '../../../src/rpc/engine/function-table.ts';
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

/**
 * V8's JSON.parse, as Node 24.21 has it, reads the key `"` as a lone backslash where an object of the same shape had that key in its place
 * before. Other versions do not. So no backslash is drawn.
 */
const values = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('\\\\'));

test('sorted JSON holds the same value, with the keys of every object in order', () => {
  fc.assert(
    fc.property(values, (value) => {
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

test('a connection keeps its first 4,096 functions, and those of others are not touched', async () => {
  await using engine = await startTestEngine();
  await using flood = await RawPeer.connect(engine.url);
  await using other = await RawPeer.connect(engine.url);
  for (let count = 0; count < functionsPerPeerMax + 10; count += 1) {
    flood.send({ type: 'registerfunction', id: `f${count}` });
  }
  await flood.barrier();
  expect(engine.counts().functions).toBe(functionsPerPeerMax);
  expect((await other.ask(`f${functionsPerPeerMax}`)).error).toMatchObject({ code: 'function_not_found' });
  await other.register('of-other');
  await flood.register('f0', { metadata: { v: 2 } });
  expect(engine.counts().functions).toBe(functionsPerPeerMax + 1);
});

test('a channel that nobody joined for five minutes is swept, one that is in use is not', () => {
  let nowMs = 0;
  const table = new ChannelTable({ now: () => nowMs, channelsMax: 10 });
  const [unjoined, used] = [table.create(1), table.create(1)];
  if (unjoined === undefined || used === undefined) throw new Error('no channel');
  Object.assign(used, { hasReader: true, hasWriter: true });
  const forgotten: string[] = [];
  table.onForgotten(({ id }) => forgotten.push(id));
  nowMs = 300_000;
  table.sweep();
  expect(forgotten).toEqual([]);
  nowMs = 300_001;
  table.sweep();
  expect([forgotten, table.openCount]).toEqual([[unjoined.id], 1]);
});

const kibibyte = 1024;

/** A frame as a peer sends it: with a mask of zeros, which changes nothing. */
function frame(length: number, firstByte = 0x82): Buffer {
  const header = length < 126 ? Buffer.alloc(2) : Buffer.alloc(length < 65_536 ? 4 : 10);
  header[0] = firstByte;
  header[1] = 0x80 | (header.length === 2 ? length : header.length === 4 ? 126 : 127);
  if (header.length === 4) header.writeUInt16BE(length, 2);
  if (header.length === 10) header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, Buffer.alloc(4), Buffer.alloc(Math.min(length, 2 * kibibyte * kibibyte))]);
}

test('the limit of a frame is found however the bytes are cut, and frames within it pass', () => {
  const small = [0, 1, 125, 126, 65_535, 65_536].map((length) => frame(length));
  const tooLarge = frame(frameBytesMax + 1).subarray(0, 14);
  fc.assert(
    fc.property(
      fc.shuffledSubarray(small),
      fc.array(fc.integer({ min: 1, max: 200_000 })),
      (frames, cuts) => {
        const limit = new FrameLimit();
        for (const piece of pieces(Buffer.concat(frames), cuts))
          expect(limit.isExceededBy(piece)).toBe(false);
        const last = pieces(
          tooLarge,
          cuts.map((cut) => 1 + (cut % 13)),
        );
        expect(last.map((piece) => limit.isExceededBy(piece)).includes(true)).toBe(true);
      },
    ),
    { numRuns: 50 },
  );
});

function pieces(bytes: Buffer, sizes: readonly number[]): readonly Buffer[] {
  const cut: Buffer[] = [];
  let at = 0;
  for (const size of [...sizes, bytes.length]) {
    if (at >= bytes.length) break;
    cut.push(bytes.subarray(at, at + size));
    at += size;
  }
  return cut;
}

test('a frame of exactly 16 MiB is within the limit', () => {
  expect(new FrameLimit().isExceededBy(frame(frameBytesMax).subarray(0, 14))).toBe(false);
});
