import { expect, test } from 'vitest';
import { recoveryMs } from '../../../../sim/drill/recovery.ts';

/** A token each `everyMs` from a moment on. */
const tokens = (fromMs: number, count: number, everyMs: number) =>
  Array.from({ length: count }, (_, index) => fromMs + index * everyMs);

const times = { begunMs: 0, disturbedMs: 1_000, healedMs: 5_000, readyMs: 5_400, endedMs: 12_000 };
const before = tokens(0, 100, 10);
const recoveryOf = (after: readonly number[], changed = {}) =>
  recoveryMs([...before, ...after], { times: { ...times, ...changed }, stretchTokens: 20 });

test('is over with the first stretch that is as fast as before', () => {
  expect(recoveryOf([...tokens(5_000, 20, 100), ...tokens(7_000, 100, 10)])).toBe(1_800);
});

test('is not over before what had ended serves again', () => {
  expect(recoveryOf(tokens(5_000, 200, 10))).toBe(400);
  expect(recoveryOf(tokens(5_000, 200, 10), { readyMs: 5_000 })).toBe(0);
});

test('counts from healing, and takes some noise for the pace of before', () => {
  expect(recoveryOf(tokens(5_400, 100, 19))).toBe(400);
  expect(recoveryOf(tokens(5_400, 100, 21))).toBeUndefined();
});

test('is not known without a load before or after', () => {
  expect(recoveryOf([])).toBeUndefined();
  expect(recoveryOf(tokens(5_400, 20, 10))).toBeUndefined();
  expect(recoveryOf(tokens(13_000, 100, 10))).toBeUndefined();
  expect(recoveryMs(tokens(5_400, 100, 10), { times, stretchTokens: 20 })).toBeUndefined();
});
