import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CallerUsage,
  isForgettable,
  reserve,
  settle,
  unused,
  usageAt,
} from '../../../../src/gateway/limits/caller-usage.ts';
import type { LimitPolicy } from '../../../../src/gateway/limits/policy.ts';

const minuteMs = 60_000;
const startUnixMs = Date.UTC(2026, 10, 25, 23, 58, 30, 250);

/** What a caller does: after a while it asks, or an answer of its ends, having used some of what it reserved. */
type Step =
  | { readonly kind: 'ask'; readonly afterMs: number; readonly tokens: number; readonly choices: number }
  | { readonly kind: 'end'; readonly afterMs: number; readonly which: number; readonly share: number };

const afterMs = fc.oneof(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: 70_000 }));
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('ask' as const),
      afterMs,
      tokens: fc.integer({ min: 1, max: 60 }),
      choices: fc.integer({ min: 1, max: 3 }),
    }),
    fc.record({
      kind: fc.constant('end' as const),
      afterMs,
      which: fc.nat(5),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  ),
  { maxLength: 80 },
);

interface Accepted {
  readonly id: string;
  readonly atMs: number;
  readonly reserved: number;
  readonly choices: number;
  used: number | undefined;
}

/** Runs the steps and keeps its own books, by the second of the reservation as the limits do. */
function run(given: readonly Step[], policy: LimitPolicy) {
  let usage: CallerUsage = unused;
  let nowUnixMs = startUnixMs;
  const accepted: Accepted[] = [];
  const refusals: string[] = [];
  for (const [index, step] of given.entries()) {
    nowUnixMs += step.afterMs;
    if (step.kind === 'ask') {
      const { tokens, choices } = step;
      const claim = { id: `r${index}`, tokens, choices, nowUnixMs, expiresUnixMs: Number.MAX_SAFE_INTEGER };
      const result = reserve(usage, policy, claim);
      usage = result.usage;
      if (result.refusal === undefined) {
        accepted.push({ id: claim.id, atMs: nowUnixMs, reserved: tokens, choices, used: undefined });
      } else refusals.push(result.refusal.kind);
    } else {
      const running = accepted.filter(({ used }) => used === undefined);
      const own = running[step.which % Math.max(running.length, 1)];
      if (own === undefined) continue;
      own.used = Math.floor(own.reserved * step.share);
      usage = settle(usage, { id: own.id, used: own.used, nowUnixMs });
    }
    expectSound(usage);
  }
  return { usage, nowUnixMs, accepted, refusals };
}

function expectSound({ requests, tokens, day, month }: CallerUsage): void {
  expect([...requests, ...tokens].every(([, amount]) => amount > 0)).toBe(true);
  expect([day.tokens, month.tokens].every((amount) => amount >= 0)).toBe(true);
  expect(requests.length).toBeLessThanOrEqual(61);
  expect(tokens.length).toBeLessThanOrEqual(61);
}

const charged = ({ used, reserved }: Accepted) => used ?? reserved;

/** The most that lies in any 60 seconds. It suffices to look at those that end with a request. */
function mostIn60Seconds(accepted: readonly Accepted[], weigh: (each: Accepted) => number): number {
  const sums = accepted.map(({ atMs }) =>
    accepted
      .filter((other) => other.atMs <= atMs && other.atMs > atMs - minuteMs)
      .reduce((sum, other) => sum + weigh(other), 0),
  );
  return Math.max(0, ...sums);
}

describe('in any order of requests and ends', () => {
  it('no 60 seconds hold more requests or tokens than the limit', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 8 }), fc.integer({ min: 20, max: 200 }), (given, q, t) => {
        const { accepted } = run(given, { requestsPerMinute: q, tokensPerMinute: t });
        expect(mostIn60Seconds(accepted, () => 1)).toBeLessThanOrEqual(q);
        expect(mostIn60Seconds(accepted, charged)).toBeLessThanOrEqual(t);
      }),
      { numRuns: 150 },
    );
  });

  it('no day and no month has more tokens than its budget, and what was given back can be used', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 60, max: 300 }), (given, budget) => {
        const { accepted, usage, nowUnixMs } = run(given, {
          tokensPerDay: budget,
          tokensPerMonth: 2 * budget,
        });
        const ofDay = (ms: number) => new Date(ms).toISOString().slice(0, 10);
        for (const day of new Set(accepted.map(({ atMs }) => ofDay(atMs)))) {
          const own = accepted.filter(({ atMs }) => ofDay(atMs) === day);
          expect(own.reduce((sum, each) => sum + charged(each), 0)).toBeLessThanOrEqual(budget);
        }
        const today = accepted.filter(({ atMs }) => ofDay(atMs) === ofDay(nowUnixMs));
        expect(usageAt(usage, nowUnixMs).day.tokens).toBe(
          today.reduce((sum, each) => sum + charged(each), 0),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('never more choices are in work than the limit, and each end makes room', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 5 }), (given, concurrentRequests) => {
        const { accepted, usage } = run(given, { concurrentRequests });
        const running = accepted.filter(({ used }) => used === undefined);
        expect(running.reduce((sum, { choices }) => sum + choices, 0)).toBeLessThanOrEqual(
          concurrentRequests,
        );
        expect(usage.running.map(({ id }) => id)).toEqual(running.map(({ id }) => id));
      }),
      { numRuns: 100 },
    );
  });
});

const claimOf = (id: string, tokens: number, nowUnixMs = startUnixMs) => ({
  id,
  tokens,
  choices: 1,
  nowUnixMs,
  expiresUnixMs: nowUnixMs + minuteMs,
});

it('tells a wait after which the request passes, and before which it does not', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 60 }), (given, tokens) => {
      const policy = { requestsPerMinute: 3, tokensPerMinute: 100 };
      const { usage, nowUnixMs } = run(given, policy);
      const { refusal } = reserve(usage, policy, claimOf('new', tokens, nowUnixMs));
      if (refusal === undefined) return;
      const { waitMs = Number.NaN } = refusal;
      expect(waitMs).toBeGreaterThan(0);
      expect(waitMs).toBeLessThanOrEqual(61_000);
      const at = (ms: number) => reserve(usage, policy, claimOf('new', tokens, nowUnixMs + ms)).refusal;
      // Another limit may still hold it, but no longer this one at this wait.
      expect(at(waitMs - 1)?.kind).toBe(refusal.kind);
      expect(at(waitMs)?.kind).not.toBe(refusal.kind);
    }),
    { numRuns: 150 },
  );
});

it('gives an abort its tokens back, and nothing twice', () => {
  const policy = { tokensPerMinute: 100, tokensPerDay: 100, tokensPerMonth: 100 };
  const first = reserve(unused, policy, claimOf('a', 100)).usage;
  expect(reserve(first, policy, claimOf('b', 1)).refusal?.kind).toBe('month');
  const given = settle(first, { id: 'a', used: 0, nowUnixMs: startUnixMs + 10 });
  expect(given).toMatchObject({ tokens: [], day: { tokens: 0 }, month: { tokens: 0 }, running: [] });
  const second = reserve(given, policy, claimOf('b', 60)).usage;
  const again = settle(second, { id: 'a', used: 0, nowUnixMs: startUnixMs + 20 });
  expect(again.day.tokens).toBe(60);
});

it('lets what comes after pay for what was used beyond the reservation', () => {
  const policy = { tokensPerMinute: 100 };
  const first = reserve(unused, policy, claimOf('a', 40)).usage;
  const settled = settle(first, { id: 'a', used: 90, nowUnixMs: startUnixMs + 1 });
  expect(reserve(settled, policy, claimOf('b', 20)).refusal).toMatchObject({
    kind: 'tokens',
    isHopeless: false,
  });
  expect(reserve(settled, policy, claimOf('b', 10)).refusal).toBeUndefined();
});

it('takes nothing off a new day for what was reserved on the day before', () => {
  const policy = { tokensPerDay: 100 };
  const reserved = reserve(unused, policy, {
    ...claimOf('a', 100),
    expiresUnixMs: startUnixMs + 600_000,
  }).usage;
  const nextDay = startUnixMs + 120_000;
  const { usage } = reserve(reserved, policy, claimOf('b', 70, nextDay));
  expect(settle(usage, { id: 'a', used: 0, nowUnixMs: nextDay }).day).toEqual({
    period: '2026-11-26',
    tokens: 70,
  });
});

it('says of what can never pass that waiting is of no use', () => {
  for (const [policy, kind] of [
    [{ tokensPerMinute: 9 }, 'tokens'],
    [{ tokensPerDay: 9 }, 'day'],
    [{ tokensPerMonth: 9 }, 'month'],
  ] as const) {
    expect(reserve(unused, policy, claimOf('a', 10)).refusal).toEqual({
      kind,
      limit: 9,
      waitMs: undefined,
      isHopeless: true,
    });
  }
});

it('waits for the end of a day or a month where its budget is used up', () => {
  const day = reserve(unused, { tokensPerDay: 10, tokensPerMonth: 10 }, claimOf('a', 10)).usage;
  expect(reserve(day, { tokensPerDay: 10 }, claimOf('b', 1)).refusal?.waitMs).toBe(89_750);
  const monthMs = Date.UTC(2026, 11, 1) - startUnixMs;
  expect(reserve(day, { tokensPerMonth: 10 }, claimOf('b', 1)).refusal?.waitMs).toBe(monthMs);
});

it('stops counting what was never settled as running when it expires, and keeps it charged', () => {
  const policy = { concurrentRequests: 1, tokensPerDay: 100 };
  const { usage } = reserve(unused, policy, claimOf('lost', 30));
  const laterMs = startUnixMs + minuteMs;
  expect(reserve(usage, policy, claimOf('b', 1, laterMs - 1)).refusal?.kind).toBe('concurrency');
  const later = reserve(usage, policy, { ...claimOf('b', 1, laterMs) });
  expect(later.refusal).toBeUndefined();
  expect(later.usage.day.tokens).toBe(31);
});

it('may forget only what holds nothing back', () => {
  const policy = { tokensPerDay: 100 };
  const { usage } = reserve(unused, policy, claimOf('a', 10));
  expect(isForgettable(usage)).toBe(false);
  const settled = settle(usage, { id: 'a', used: 0, nowUnixMs: startUnixMs });
  expect(isForgettable(settled)).toBe(false);
  expect(isForgettable(usageAt(settled, startUnixMs + 62_000))).toBe(true);
  const spent = settle(usage, { id: 'a', used: 5, nowUnixMs: startUnixMs });
  expect(isForgettable(usageAt(spent, startUnixMs + 62_000))).toBe(false);
  expect(isForgettable(usageAt(spent, startUnixMs + 120_000))).toBe(true);
  const unbudgeted = settle(reserve(unused, {}, claimOf('a', 10)).usage, {
    id: 'a',
    used: 5,
    nowUnixMs: startUnixMs,
  });
  expect(isForgettable(usageAt(unbudgeted, startUnixMs + 62_000))).toBe(true);
});
