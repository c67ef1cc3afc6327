import { expect, test } from 'vitest';
import { isSlow, WorkerPace } from '../../../../src/rpc/routing/worker-pace.ts';

function paceOf(msPerToken: number, tokens = 100): WorkerPace {
  const pace = new WorkerPace();
  for (let count = 0; count < tokens; count += 1) {
    pace.saw({ gapMs: msPerToken, tokens: 1, nowMs: count });
  }
  return pace;
}

test('says nothing after few tokens, and forgets after a while', () => {
  expect(paceOf(10, 31).msPerToken(31)).toBeUndefined();
  expect(paceOf(10).msPerToken(100)).toBeCloseTo(10);
  expect(paceOf(10).msPerToken(31_000)).toBeUndefined();
});

test('counts a frame of several tokens as several', () => {
  const pace = new WorkerPace();
  for (let count = 0; count < 20; count += 1) pace.saw({ gapMs: 40, tokens: 4, nowMs: count });
  expect(pace.msPerToken(20)).toBeCloseTo(10);
});

test('follows a change, and takes a stall for no pace', () => {
  const pace = paceOf(10);
  pace.saw({ gapMs: 60_000, tokens: 1, nowMs: 101 });
  pace.saw({ gapMs: 5, tokens: 0, nowMs: 102 });
  expect(pace.msPerToken(102)).toBeCloseTo(10);
  for (let count = 0; count < 100; count += 1) pace.saw({ gapMs: 50, tokens: 1, nowMs: 103 });
  expect(pace.msPerToken(103)).toBeGreaterThan(45);
});

test.each<[string, boolean, number | undefined, readonly (number | undefined)[]]>([
  ['five times the only other', true, 50, [10]],
  ['three times the only other', false, 30, [10]],
  ['five times the middle of the others', true, 50, [9, 10, 200]],
  ['slow among the slow', false, 50, [40, 60, 10]],
  ['one whose pace is not known', false, undefined, [10]],
  ['one beside whom nobody is known', false, 50, [undefined]],
  ['one that is alone', false, 50, []],
  ['one within a millisecond', false, 0.9, [0.01]],
])('%s is slow: %s', (_who, expected, own, others) => {
  expect(isSlow(own, others)).toBe(expected);
});
