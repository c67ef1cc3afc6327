import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Breaker } from '../../../../src/rpc/routing/breaker.ts';
import { even, FakeClock } from '../fake-clock.ts';

function failing(breaker: Breaker, times: number): void {
  for (let count = 0; count < times; count += 1) {
    using _try = breaker.begin();
    breaker.failed();
  }
}

test('opens after three failures in a row, and a success in between begins the count anew', () => {
  const breaker = new Breaker({ now: new FakeClock().now, random: even });
  failing(breaker, 2);
  breaker.succeeded();
  failing(breaker, 2);
  expect([breaker.mayTry, breaker.isClosed]).toEqual([true, true]);
  failing(breaker, 1);
  expect([breaker.mayTry, breaker.isClosed]).toEqual([false, false]);
});

test('lets one try through after its pause, and closes when that succeeds', () => {
  const clock = new FakeClock();
  const breaker = new Breaker({ now: clock.now, random: even });
  failing(breaker, 3);
  clock.pass(499);
  expect(breaker.mayTry).toBe(false);
  clock.pass(1);
  expect(breaker.mayTry).toBe(true);
  const probe = breaker.begin();
  expect(breaker.mayTry).toBe(false);
  breaker.succeeded();
  probe[Symbol.dispose]();
  probe[Symbol.dispose]();
  expect([breaker.mayTry, breaker.isClosed]).toEqual([true, true]);
});

test('a probe that ends without a verdict leaves room for another', () => {
  const clock = new FakeClock();
  const breaker = new Breaker({ now: clock.now, random: even });
  failing(breaker, 3);
  clock.pass(500);
  breaker.begin()[Symbol.dispose]();
  expect(breaker.mayTry).toBe(true);
});

test('failures of what ran when it opened do not make its pause longer', () => {
  const clock = new FakeClock();
  const breaker = new Breaker({ now: clock.now, random: even });
  failing(breaker, 9);
  clock.pass(500);
  expect(breaker.mayTry).toBe(true);
});

test('pauses grow to 3 s, swing by a quarter at most, and never longer', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(8), (random, openings) => {
      const clock = new FakeClock();
      const breaker = new Breaker({ now: clock.now, random: () => random });
      failing(breaker, 3);
      for (let count = 0; count < openings; count += 1) {
        clock.pass(5000);
        failing(breaker, 1);
      }
      const pauseMs = Math.min(500 * 2 ** openings, 3000);
      clock.pass(pauseMs * 0.75 - 1);
      expect(breaker.mayTry).toBe(false);
      clock.pass(pauseMs * 0.5 + 2);
      expect(breaker.mayTry).toBe(true);
    }),
    { numRuns: 50 },
  );
});
