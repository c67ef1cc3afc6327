/** Wire cases B26 and B27: replies that the engine loses, and small frames that it holds up. */
import { expect } from 'vitest';
import type { CaseEngine, WireCase } from './case.ts';
import { pair } from './pair.ts';
import { hearGone, watchWorkers } from './raw-peer.ts';

const rounds = 5;

/** How long the second of two results comes behind the first, in milliseconds: the middle of some tries. */
async function delayInBurst(engine: CaseEngine): Promise<number> {
  await using peers = await pair(engine);
  const { caller, worker } = peers;
  const delays: number[] = [];
  const arrivals: number[] = [];
  caller.socket.on('message', () => arrivals.push(performance.now()));
  for (let round = 0; round < rounds; round += 1) {
    caller.call('f');
    caller.call('f');
    const calls = [await worker.take('invokefunction'), await worker.take('invokefunction')];
    arrivals.length = 0;
    for (const call of calls) worker.answer(call);
    await caller.take('invocationresult');
    await caller.take('invocationresult');
    delays.push((arrivals[1] ?? 0) - (arrivals[0] ?? 0));
  }
  return delays.sort((left, right) => left - right)[Math.floor(rounds / 2)] ?? 0;
}

export const lossCases: readonly WireCase[] = [
  {
    id: 'B26',
    title: 'a lost reply never comes, not even as the end of the worker, which did run',
    only: 'embedded',
    engine: { lostReplies: { seed: 1, perThousand: 1000 } },
    run: async (engine) => {
      await using watcher = await watchWorkers(engine.url);
      await using peers = await pair(engine);
      const { caller, worker } = peers;
      caller.call('f');
      worker.answer(await worker.take('invokefunction'));
      await worker.barrier();
      expect(await caller.barrier()).toEqual([]);
      worker.reset();
      await hearGone(watcher, worker);
      expect(await caller.barrier()).toEqual([]);
    },
  },
  {
    id: 'B26',
    title: 'no reply of 500 is lost unless that is asked for',
    only: 'embedded',
    run: async (engine) => {
      await using peers = await pair(engine);
      const { caller, worker } = peers;
      for (let count = 0; count < 500; count += 1) caller.call('f');
      for (let count = 0; count < 500; count += 1) worker.answer(await worker.take('invokefunction'));
      for (let count = 0; count < 500; count += 1) await caller.take('invocationresult');
    },
  },
  {
    id: 'B26',
    title: 'of 3,000 replies that come at once, a few are lost at most',
    only: 'real',
    run: async (engine) => {
      await using peers = await pair(engine);
      const { caller, worker } = peers;
      for (let count = 0; count < 3000; count += 1) caller.call('f');
      for (let count = 0; count < 3000; count += 1) worker.answer(await worker.take('invokefunction'));
      await engine.pass(1000);
      const answers = (await caller.barrier()).filter(({ type }) => type === 'invocationresult');
      expect(answers.length).toBeGreaterThan(2950);
    },
  },
  {
    id: 'B27',
    title: 'the second of two small frames to an idle peer waits for a delayed acknowledgement',
    isHeavy: true,
    engine: { burstDelay: true },
    run: async (engine) => {
      const delayMs = await delayInBurst(engine);
      expect(delayMs).toBeGreaterThan(25);
      expect(delayMs).toBeLessThan(200);
    },
  },
  {
    id: 'B27',
    title: 'unless that is asked for, it does not wait',
    only: 'embedded',
    run: async (engine) => {
      expect(await delayInBurst(engine)).toBeLessThan(25);
    },
  },
];
