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
  expect(clock.unixMsAt(4.5)).toBe(1006);
});

test('the fastest of the answers counts, and a late one spoils nothing', () => {
  const clock = new WorkerClock();
  clock.saw({ unixMs: 1900, askedAtMs: 0, heardAtMs: 1900 });
  expect(clock.unixMsAt(1900)).toBe(3801);
  clock.saw({ unixMs: 3001, askedAtMs: 2000, heardAtMs: 2002 });
  expect(clock.unixMsAt(2002)).toBe(3004);
  clock.saw({ unixMs: 5000, askedAtMs: 3000, heardAtMs: 5000 });
  // Three seconds have passed since, of which 1.5 ms are uncertain.
  expect(clock.unixMsAt(5000)).toBe(6003);
});

test.each([
  { ppm: 100, askMs: 0, answerMs: 200 },
  { ppm: 100, askMs: 200, answerMs: 0 },
  { ppm: -100, askMs: 0, answerMs: 200 },
  { ppm: -100, askMs: 200, answerMs: 0 },
  { ppm: 499, askMs: 0, answerMs: 200 },
  { ppm: 0, askMs: 100, answerMs: 100 },
])(
  'a clock that drifts by $ppm ppm is told late, never early, over ways of $askMs and $answerMs ms',
  (way) => {
    const clock = new WorkerClock();
    const saysAt = (atMs: number) => 1_800_000_000_000 + atMs * (1 + way.ppm / 1e6);
    const aheadMs = 10_000;
    const late: number[] = [];
    for (let askedAtMs = 0; askedAtMs < hourMs; askedAtMs += 2000) {
      const heardAtMs = askedAtMs + way.askMs + way.answerMs;
      clock.saw({ unixMs: saysAt(askedAtMs + way.askMs), askedAtMs, heardAtMs });
      for (const atMs of [heardAtMs, heardAtMs + aheadMs]) {
        late.push((clock.unixMsAt(atMs) ?? 0) - saysAt(atMs));
      }
    }
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
    // The way there and back, what may have drifted since, and a whole millisecond.
    expect(Math.max(...late)).toBeLessThanOrEqual(200 + aheadMs / 1000 + 2);
  },
);

test('what contradicts all that was said before means that a clock was set', () => {
  const clock = new WorkerClock();
  clock.saw({ unixMs: 1001, askedAtMs: 1000, heardAtMs: 1002 });
  clock.saw({ unixMs: hourMs + 2001, askedAtMs: 2000, heardAtMs: 2002 });
  expect(clock.unixMsAt(3000)).toBe(hourMs + 3002);
});
