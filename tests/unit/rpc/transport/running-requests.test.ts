import { expect, test } from 'vitest';
import { DrydockError } from '../../../../src/rpc/errors.ts';
import { RunningRequests } from '../../../../src/rpc/transport/running-requests-runtime.ts';

function requests(slots = 1) {
  const clock = { nowMs: 0 };
  return { clock, running: new RunningRequests({ slots, now: () => clock.nowMs }) };
}

const busy = expect.objectContaining({ code: 'RPC_WORKER_BUSY' });
const cancelled = expect.objectContaining({ code: 'RPC_CANCELLED' });

test('holds a slot until it is disposed, once', async () => {
  const { running } = requests(2);
  const first = await running.start('a', 0);
  await running.start('b', 0);
  await expect(running.start('c', 0)).rejects.toEqual(busy);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  expect(running.count).toBe(1);
  await running.start('c', 0);
  await expect(running.start('d', 0)).rejects.toEqual(busy);
});

test('a request waits for the slot of one that was aborted, and a second one does not', async () => {
  const { running } = requests();
  const first = await running.start('a', 0);
  expect(running.cancel('a')).toBe(true);
  const second = running.start('b', 0);
  await expect(running.start('c', 0)).rejects.toEqual(busy);
  first[Symbol.dispose]();
  expect((await second).signal.aborted).toBe(false);
  expect(running.count).toBe(1);
});

test('a request that was cancelled while it waited does not start', async () => {
  const { running } = requests();
  const first = await running.start('a', 0);
  running.cancel('a');
  const second = running.start('b', 0);
  running.cancel('b');
  first[Symbol.dispose]();
  await expect(second).rejects.toEqual(cancelled);
  expect(running.count).toBe(0);
});

test('a slot that is not left in time is busy', async () => {
  const { running } = requests();
  await running.start('a', 0);
  running.cancel('a');
  await expect(running.start('b', 0)).rejects.toEqual(busy);
});

test('a cancel is remembered for a minute, for its attempt and those before', async () => {
  const { clock, running } = requests(9);
  expect(running.cancel('a', 1)).toBe(false);
  await expect(running.start('a', 0)).rejects.toEqual(cancelled);
  await expect(running.start('a', 1)).rejects.toEqual(cancelled);
  expect((await running.start('a', 2)).signal.aborted).toBe(false);
  running.cancel('b');
  clock.nowMs = 59_999;
  await expect(running.start('b', 7)).rejects.toEqual(cancelled);
  clock.nowMs = 60_001;
  expect((await running.start('b', 7)).signal.aborted).toBe(false);
});

test('an attempt that has run does not run again, and a later one does', async () => {
  const { clock, running } = requests();
  (await running.start('a', 1))[Symbol.dispose]();
  await expect(running.start('a', 0)).rejects.toEqual(cancelled);
  await expect(running.start('a', 1)).rejects.toEqual(cancelled);
  (await running.start('a', 2))[Symbol.dispose]();
  clock.nowMs = 60_001;
  await running.start('a', 2);
});

test('an attempt that was refused for want of a slot may come again', async () => {
  const { running } = requests();
  const first = await running.start('a', 0);
  await expect(running.start('b', 0)).rejects.toEqual(busy);
  first[Symbol.dispose]();
  expect((await running.start('b', 0)).signal.aborted).toBe(false);
});

test('of two attempts that wait for a slot the later one starts, once', async () => {
  const { running } = requests(2);
  const held = [await running.start('a', 0), await running.start('b', 0)];
  for (const id of ['a', 'b']) running.cancel(id);
  const [early, late] = [running.start('c', 0), running.start('c', 1)];
  expect(running.waiting).toBe(2);
  for (const each of held) each[Symbol.dispose]();
  await expect(early).rejects.toEqual(cancelled);
  expect((await late).signal.aborted).toBe(false);
  expect([running.count, running.waiting]).toEqual([1, 0]);
});

test('is idle when nothing runs and nothing waits', async () => {
  const { running } = requests();
  await running.idle();
  const first = await running.start('a', 0);
  let isIdle = false;
  const idle = running.idle().then(() => {
    isIdle = true;
  });
  running.cancel('a');
  const second = running.start('b', 0);
  first[Symbol.dispose]();
  const b = await second;
  expect(isIdle).toBe(false);
  b[Symbol.dispose]();
  await idle;
});

test('remembers a bounded number of cancels, the latest', async () => {
  const { running } = requests(9);
  for (let count = 0; count < 5000; count += 1) running.cancel(`${count}`);
  expect((await running.start('0', 0)).signal.aborted).toBe(false);
  await expect(running.start('4999', 0)).rejects.toEqual(cancelled);
});

test('aborting all gives each its reason', async () => {
  const { running } = requests(2);
  const both = [await running.start('a', 0), await running.start('b', 0)];
  const reason = new DrydockError('RPC_WORKER_LOST', 'could not go on');
  running.abortAll(reason);
  expect(both.map(({ signal }) => signal.reason)).toEqual([reason, reason]);
});
