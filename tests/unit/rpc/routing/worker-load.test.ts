import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WorkerLoad } from '../../../../src/rpc/routing/worker-load.ts';
import { FakeClock } from '../fake-clock.ts';

function loadOf(slots: number) {
  const clock = new FakeClock();
  return { clock, load: new WorkerLoad({ slots: () => slots, now: clock.now }) };
}

test('counts what runs here, once each', () => {
  const { load } = loadOf(4);
  const [first, second] = [load.begin(), load.begin()];
  expect([load.inflight, load.busy, load.free]).toEqual([2, 2, 2]);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  expect([load.inflight, load.free]).toEqual([1, 3]);
  second[Symbol.dispose]();
  expect(load.free).toBe(4);
});

test('takes what the worker reports beyond that for the work of others', () => {
  const { clock, load } = loadOf(4);
  using _own = load.begin();
  load.report({ running: 2, waiting: 1 }, clock.ms);
  expect([load.busy, load.free]).toEqual([3, 1]);
  load.report({ running: 1, waiting: 0 }, clock.ms);
  expect(load.free).toBe(3);
});

test('what ended after the question was sent is nobody elses work', () => {
  const { clock, load } = loadOf(1);
  const own = load.begin();
  const askedAtMs = clock.ms;
  clock.pass(2);
  own[Symbol.dispose]();
  load.report({ running: 1, waiting: 0 }, askedAtMs);
  expect(load.free).toBe(1);
  clock.pass(1);
  load.report({ running: 1, waiting: 0 }, clock.ms);
  expect(load.free).toBe(0);
});

test('a worker that refuses is full until it reports again', () => {
  const { clock, load } = loadOf(3);
  using _own = load.begin();
  load.refused();
  expect(load.free).toBe(0);
  load.report({ running: 1, waiting: 0 }, clock.ms);
  expect(load.free).toBe(2);
});

test('never counts fewer than run here, whatever is reported', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constant('begin' as const), fc.constant('end' as const), fc.nat(5)), {
        maxLength: 40,
      }),
      (steps) => {
        const { clock, load } = loadOf(4);
        const running: Disposable[] = [];
        for (const step of steps) {
          clock.pass(1);
          if (step === 'begin') running.push(load.begin());
          else if (step === 'end') running.pop()?.[Symbol.dispose]();
          else load.report({ running: step, waiting: 0 }, clock.ms - 1);
          expect(load.inflight).toBe(running.length);
          expect(load.busy).toBeGreaterThanOrEqual(running.length);
        }
      },
    ),
    { numRuns: 100 },
  );
});
