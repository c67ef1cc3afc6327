/** What a worker outlives of its callers, in sizes that take long: a stream of somebody else's must not notice. */
import { expect, test } from 'vitest';
import { busyWorkerIds, busyWorkerSlots, startBusyWorker } from '../unit/rpc/transport/busy-worker.ts';

const mebibyte = 2 ** 20;

test('10,000 calls at once are all answered, and no more run than there are slots', async () => {
  await using worker = await startBusyWorker();
  const { answered, refused } = await worker.flood(10_000);
  expect(answered).toBe(10_000);
  expect(refused).toBeGreaterThan(9_000);
  expect(worker.runningMost()).toBe(busyWorkerSlots);
  await worker.expectUnharmed();
});

test('15 MiB that mean nothing are refused, and a frame of 100 MB reaches no worker', async () => {
  await using worker = await startBusyWorker();
  const { caller } = worker;
  for (const payload of [{ request: 'x'.repeat(15 * mebibyte) }, { request: Array(7 * mebibyte).fill(1) }]) {
    const { result } = await caller.ask(busyWorkerIds.generate, payload);
    expect(result).toMatchObject({ accepted: false, error: { code: 'RPC_REQUEST_INVALID' } });
  }
  caller.call(busyWorkerIds.generate, { request: 'x'.repeat(100_000_000) });
  expect(await caller.closed()).toBe(1006);
  expect(worker.runs).toEqual(['victim']);
  await worker.expectUnharmed();
});
