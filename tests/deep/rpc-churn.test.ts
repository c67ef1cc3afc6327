/** 50,000 generations while workers come and go: every one is whole, memory stays flat, and nobody who has left is remembered. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import type { InferenceServer } from '../../src/rpc/index.ts';
import {
  type Cluster,
  doneAfter,
  neverAborted,
  outcomeOf,
  requestFor,
  resuming,
  startCluster,
  tokens,
} from '../unit/rpc/transport/cluster.ts';
import { until } from '../unit/rpc/until.ts';

const calls = 50_000;
const atOnce = 32;
const callsBetweenChanges = 1000;
const workersAtOnce = 3;
/** Heap that may be gained from a fifth of the calls on to the end. A request of which 100 bytes stayed would gain 4 MB. */
const gainedBytesMax = 12 * 1024 * 1024;

function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

async function generate({ client }: Cluster): Promise<void> {
  const { frames, code } = await outcomeOf(client.generate(requestFor(), { signal: neverAborted() }));
  if (code === undefined && frames.length === 4) return;
  expect([code, frames]).toEqual([undefined, [...tokens(3), doneAfter(3)]]);
}

test('50,000 calls with workers that come and go', async () => {
  await using cluster = await startCluster({ engines: 2 });
  const workers: InferenceServer[] = [];
  let joined = 0;
  const join = async () => {
    workers.push(await cluster.addWorker(`worker-${joined}`, resuming(3), { slots: 16 }));
    joined += 1;
  };
  const change = async (isAbrupt: boolean) => {
    await join();
    const leaving = workers.shift();
    if (!isAbrupt) await leaving?.drain();
    await leaving?.[Symbol.asyncDispose]();
  };
  while (workers.length < workersAtOnce) await join();
  let [begun, early] = [0, 0];
  const changes: Promise<void>[] = [];
  const caller = async () => {
    while (begun < calls) {
      begun += 1;
      if (begun % callsBetweenChanges === 0) changes.push(change(begun % (2 * callsBetweenChanges) === 0));
      if (begun === calls / 5) early = heapBytes();
      await generate(cluster);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
  await Promise.all(changes);
  expect(joined).toBe(workersAtOnce + calls / callsBetweenChanges);
  await until(
    'those who have left to be forgotten',
    () => cluster.client.health().routes.length === workersAtOnce * cluster.engines.length,
    () => cluster.client.health(),
  );
  expect(cluster.client.health().routes.map(({ isUp, inflight }) => [isUp, inflight])).toEqual(
    Array(workersAtOnce * cluster.engines.length).fill([true, 0]),
  );
  expect(heapBytes() - early).toBeLessThan(gainedBytesMax);
});
