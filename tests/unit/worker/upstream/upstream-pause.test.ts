import { expect, test } from 'vitest';
import { readRetryAfterMs, UpstreamPause } from '../../../../src/worker/upstream/upstream-pause.ts';

function pause() {
  let nowMs = 5_000;
  const opened = new UpstreamPause(() => nowMs);
  return {
    opened,
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

test('a server is left alone as long as it says, and a minute at most', () => {
  const { opened, pass } = pause();
  expect(opened.leftMs).toBe(0);
  opened.refused(2_000);
  pass(1_999);
  expect(opened.leftMs).toBe(1);
  pass(1);
  expect(opened.leftMs).toBe(0);
  opened.refused(3_600_000);
  expect(opened.leftMs).toBe(60_000);
});

test('one that does not say is left alone longer with each refusal in a row', () => {
  const { opened, pass } = pause();
  const waits = Array.from({ length: 6 }, () => {
    opened.refused(undefined);
    const { leftMs } = opened;
    pass(leftMs);
    return leftMs;
  });
  expect(waits).toStrictEqual([500, 1_000, 2_000, 4_000, 8_000, 8_000]);
  opened.answered();
  opened.refused(undefined);
  expect(opened.leftMs).toBe(500);
});

test('many requests that are refused at once are one refusal, and none shortens what was said', () => {
  const { opened, pass } = pause();
  opened.refused(undefined);
  opened.refused(undefined);
  expect(opened.leftMs).toBe(500);
  opened.refused(4_000);
  pass(10);
  opened.refused(0);
  expect(opened.leftMs).toBe(3_990);
});

test.each([
  [{ 'retry-after': '2' }, 2_000],
  [{ 'retry-after': '0' }, 0],
  [{ 'retry-after-ms': '150', 'retry-after': '9' }, 150],
  [{ 'retry-after': 'Thu, 01 Jan 1970 00:00:03 GMT' }, 2_000],
  [{ 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' }, 0],
  [{ 'retry-after': 'soon' }, undefined],
  [{ 'retry-after': '-1' }, undefined],
  [{}, undefined],
])('reads %j', (headers, ms) => {
  expect(readRetryAfterMs(headers, 1_000)).toBe(ms);
});
