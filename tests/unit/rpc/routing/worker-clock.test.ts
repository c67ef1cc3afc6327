import { expect, test } from 'vitest';
import { WorkerClock } from '../../../../src/rpc/routing/worker-clock.ts';

const hourMs = 3_600_000;

test('a clock that was never asked is not known', () => {
  expect(new WorkerClock().unixMsAt(0)).toBeUndefined();
});

test.each([-hourMs, 0, hourMs])('a clock that is %i ms off is told what it will say itself', (skewMs) => {
  const clock = new WorkerClock();
  const saysAt = (atMs: number) => 1_800_000_000_000 + skewMs + atMs;
  clock.saw({ unixMs: saysAt(101), askedAtMs: 100, heardAtMs: 104 });
  const told = clock.unixMsAt(5000) ?? 0;
  expect(told).toBeGreaterThanOrEqual(saysAt(5000));
  expect(told).toBeLessThanOrEqual(saysAt(5000) + 4);
});

test('whole milliseconds are told, for timers take no others', () => {
  const clock = new WorkerClock();
  clock.saw({ unixMs: 1001, askedAtMs: 0.25, heardAtMs: 1.5 });
  expect(clock.unixMsAt(5000.5)).toBe(6002);
});

test('the fastest of the answers counts, and a late one spoils nothing', () => {
  const clock = new WorkerClock();
  clock.saw({ unixMs: 1900, askedAtMs: 0, heardAtMs: 1900 });
  expect(clock.unixMsAt(0)).toBe(1900);
  clock.saw({ unixMs: 3001, askedAtMs: 2000, heardAtMs: 2002 });
  expect(clock.unixMsAt(0)).toBe(1001);
  clock.saw({ unixMs: 5000, askedAtMs: 3000, heardAtMs: 5000 });
  expect(clock.unixMsAt(0)).toBe(1001);
});

test('what contradicts all that was said before means that a clock was set', () => {
  const clock = new WorkerClock();
  clock.saw({ unixMs: 1001, askedAtMs: 1000, heardAtMs: 1002 });
  clock.saw({ unixMs: hourMs + 2001, askedAtMs: 2000, heardAtMs: 2002 });
  expect(clock.unixMsAt(3000)).toBe(hourMs + 3001);
});
