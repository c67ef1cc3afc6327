import { expect, test } from 'vitest';
import { FinishingRate } from '../../../../src/rpc/queue/finishing-rate.ts';
import { FakeClock } from '../fake-clock.ts';

function rateOf(endings: number, everyMs: number) {
  const clock = new FakeClock();
  const rate = new FinishingRate({ now: clock.now });
  for (let count = 0; count < endings; count += 1) {
    if (count > 0) clock.pass(everyMs);
    rate.finished();
  }
  return { clock, rate };
}

test('names the time in which all before have found a place', () => {
  const { rate } = rateOf(11, 200);
  expect([rate.retryAfterMs(0), rate.retryAfterMs(9)]).toEqual([250, 2000]);
});

test('names a longer time where nothing has ended for a while', () => {
  const { clock, rate } = rateOf(11, 100);
  const before = rate.retryAfterMs(9);
  clock.pass(4000);
  expect([before, rate.retryAfterMs(9)]).toEqual([1000, 5000]);
});

test.each([
  ['nothing has ended', 0, 0, 0],
  ['one has ended', 1, 0, 0],
  ['what ended is long ago', 20, 100, 60_000],
])('names a second where %s', (_when, endings, everyMs, passedMs) => {
  const { clock, rate } = rateOf(endings, everyMs);
  clock.pass(passedMs);
  expect(rate.retryAfterMs(50)).toBe(1000);
});

test('names at most ten seconds', () => {
  expect(rateOf(3, 10_000).rate.retryAfterMs(100)).toBe(10_000);
});
