/** Replies that the engine loses on purpose: which, by seed, and what its log says of it. */
import { expect, test } from 'vitest';
import { LostReplies } from '../../../src/rpc/engine/lost-replies.ts';
import { pair } from './conformance/pair.ts';
import { startTestEngine } from './conformance/raw-peer.ts';

const calls = 400;

/** @returns which of the calls, in their order, got no reply, and what was logged. */
async function lostOf(seed: number, perThousand: number) {
  const log: unknown[] = [];
  await using engine = await startTestEngine({
    lostReplies: { seed, perThousand },
    logger: { debug: (fields, message) => log.push({ ...fields, message }) },
  });
  await using peers = await pair(engine);
  const { caller, worker } = peers;
  const ids = Array.from({ length: calls }, () => caller.call('f'));
  for (const _ of ids) worker.answer(await worker.take('invokefunction'));
  await worker.barrier();
  const answered = new Set((await caller.barrier()).map((frame) => frame.invocation_id));
  return { lost: ids.flatMap((id, index) => (answered.has(id) ? [] : [index])), log };
}

test('a seed loses the same replies again, and another seed others', async () => {
  const first = await lostOf(7, 50);
  const again = await lostOf(7, 50);
  const other = await lostOf(8, 50);
  expect(first.lost.length).toBeGreaterThan(5);
  expect(again.lost).toEqual(first.lost);
  expect(other.lost).not.toEqual(first.lost);
  const entry = { event: 'reply-lost', functionId: 'f', message: 'lost a reply' };
  expect(first.log).toEqual(first.lost.map(() => entry));
});

test.each([
  [0, 0, 0],
  [1, 850, 1150],
  [3, 2700, 3300],
  [1000, 1_000_000, 1_000_000],
])('of 1,000 replies %d are lost, whatever the seed', (perThousand, min, max) => {
  for (const seed of [0, 1, 4_294_967_295]) {
    const replies = new LostReplies({ seed, perThousand });
    let lost = 0;
    for (let reply = 0; reply < 1_000_000; reply += 1) lost += replies.isNextLost() ? 1 : 0;
    expect(lost, `seed ${seed}`).toBeGreaterThanOrEqual(min);
    expect(lost, `seed ${seed}`).toBeLessThanOrEqual(max);
  }
});

test('a reply that comes twice ends its call though the first was lost', async () => {
  // Of this seed the first is lost and the second is not.
  const seed = Array.from({ length: 100 }, (_, each) => each).find((each) => {
    const replies = new LostReplies({ seed: each, perThousand: 500 });
    return replies.isNextLost() && !replies.isNextLost();
  });
  await using engine = await startTestEngine({ lostReplies: { seed: seed ?? 0, perThousand: 500 } });
  await using peers = await pair(engine);
  peers.caller.call('f');
  const call = await peers.worker.take('invokefunction');
  peers.worker.answer(call, { result: 1 });
  peers.worker.answer(call, { result: 2 });
  expect((await peers.caller.take('invocationresult')).result).toBe(2);
  expect(engine.counts().pendingCalls).toBe(0);
});
