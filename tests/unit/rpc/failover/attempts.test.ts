import { expect, test } from 'vitest';
import { AttemptBudget } from '../../../../src/rpc/failover/attempt-budget.ts';
import { FailureRecord } from '../../../../src/rpc/failover/failure-record.ts';
import { accountFor, RunningAttempt } from '../../../../src/rpc/failover/running-attempt.ts';
import { isStalled, type SilenceFacts } from '../../../../src/rpc/failover/silence.ts';
import { FakeClock } from '../fake-clock.ts';

test('attempts are numbered, and the pauses between fruitless ones grow until there is none any more', () => {
  const budget = new AttemptBudget();
  const pauses = Array.from({ length: 8 }, () => budget.failed({ broughtTokens: false }));
  expect(pauses).toEqual([0, 50, 100, 200, 400, 800, 1000, undefined]);
  expect([budget.begin(), budget.begin()]).toEqual([0, 1]);
});

test('an attempt that brought tokens makes the next one come at once, and all together are bounded', () => {
  const budget = new AttemptBudget({ fruitlessMax: 2 });
  const pauses = Array.from({ length: 64 }, () => budget.failed({ broughtTokens: true }));
  expect(new Set(pauses.slice(0, 63))).toEqual(new Set([0]));
  expect(pauses.at(-1)).toBeUndefined();
});

test('no attempt gets a number that a worker would not take', () => {
  const budget = new AttemptBudget();
  for (let count = 0; count < 1000; count += 1) {
    expect(budget.isSpent).toBe(false);
    budget.begin();
  }
  expect([budget.isSpent, budget.failed({ broughtTokens: true })]).toEqual([true, undefined]);
});

test("a worker's failure counts for it everywhere, an engine's for all behind it", () => {
  const record = new FailureRecord<string>();
  record.add({ workerId: 'w1', link: 'x', isOfWorker: true });
  record.add({ workerId: 'w2', link: 'y', isOfWorker: false });
  const places = ['w1', 'w2', 'w3'].map((workerId) => [
    record.ofWorker(workerId),
    record.onRoute(workerId, 'x'),
    record.onRoute(workerId, 'y'),
  ]);
  expect(places).toEqual([
    [1, 1, 1],
    [0, 0, 1],
    [0, 0, 1],
  ]);
});

const patient: SilenceFacts = {
  silentMs: 0,
  hasFrames: true,
  promptCharacters: 100,
  budgetMs: 120_000,
  silences: 0,
  isUnaccounted: false,
  isQueueing: false,
};

test.each<[string, number, Partial<SilenceFacts>]>([
  ['the next token', 6000, {}],
  ['the next token, after a silence before', 12_000, { silences: 1 }],
  ['the first token: a tenth of the time there is', 12_100, { hasFrames: false }],
  ['the first token of a short time', 4100, { hasFrames: false, budgetMs: 1000 }],
  ['the first token of a long prompt', 112_000, { hasFrames: false, promptCharacters: 100_000 }],
  ['the first token where the worker has a queue', 24_100, { hasFrames: false, isQueueing: true }],
  ['what the worker does not account for', 1500, { isUnaccounted: true, hasFrames: false }],
])('patience for %s is %i ms', (_what, patienceMs, facts) => {
  expect(isStalled({ ...patient, ...facts, silentMs: patienceMs - 1 })).toBe(false);
  expect(isStalled({ ...patient, ...facts, silentMs: patienceMs })).toBe(true);
});

function runningOn(clock: FakeClock, count: number) {
  return Array.from({ length: count }, () => new RunningAttempt({ now: clock.now, onStalled: () => {} }));
}

test('where a worker twice reports fewer than it was sent, those that were silent longest are missing', () => {
  const clock = new FakeClock();
  const [lost, quiet, speaking] = runningOn(clock, 3);
  const attempts = [lost, quiet, speaking].filter((attempt) => attempt !== undefined);
  clock.pass(400);
  quiet?.heard();
  for (const expected of [false, true]) {
    clock.pass(700);
    speaking?.heard();
    accountFor(attempts, { accounted: 2, askedAtMs: clock.ms });
    expect(attempts.map(({ isUnaccounted }) => isUnaccounted)).toEqual([expected, false, false]);
  }
});

test.each<[string, number, number, number]>([
  ['is on its way still', 400, 0, 300],
  ['the worker accounts for', 2000, 1, 300],
  ['speaks', 2000, 0, 2000],
])('an attempt that %s is not missing', (_what, agoMs, accounted, heardAtMs) => {
  const clock = new FakeClock();
  const attempts = runningOn(clock, 1);
  clock.pass(heardAtMs);
  for (let count = 0; count < 3; count += 1) {
    if (heardAtMs === agoMs) attempts[0]?.heard();
    accountFor(attempts, { accounted, askedAtMs: agoMs });
  }
  expect(attempts[0]?.isUnaccounted).toBe(false);
});

test('a frame takes the suspicion away, and a stall is told once', () => {
  const clock = new FakeClock();
  let stalls = 0;
  const attempt = new RunningAttempt({
    now: clock.now,
    onStalled: () => {
      stalls += 1;
    },
  });
  clock.pass(1000);
  for (let count = 0; count < 2; count += 1) accountFor([attempt], { accounted: 0, askedAtMs: clock.ms });
  expect(attempt.isUnaccounted).toBe(true);
  expect([attempt.heard(), attempt.isUnaccounted, attempt.frames]).toEqual([1000, false, 1]);
  attempt.stall();
  attempt.stall();
  expect(stalls).toBe(1);
});
