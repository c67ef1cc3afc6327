/**
 * What one caller has used, as a value: `reserve` takes what a request may use at most, or nothing and says why; `settle` puts right
 * what it did use. It is plain JSON, so that any store can keep it. Pure.
 *
 * A reservation that is never settled (its gateway died) stays charged, and stops counting as running when it expires.
 */

import type { LimitPolicy } from './policy.ts';
import { addTo, currentSlots, secondOf, sumOf, type WindowSlots, waitMsFor } from './sliding-window.ts';

interface PeriodUse {
  /** `2026-11-25` or `2026-11`. */
  readonly period: string;
  readonly tokens: number;
}

interface Running {
  readonly id: string;
  readonly tokens: number;
  readonly choices: number;
  readonly second: number;
  /** Periods to which its tokens were charged; empty: to none. */
  readonly day: string;
  readonly month: string;
  readonly expiresUnixMs: number;
}

export interface CallerUsage {
  readonly requests: WindowSlots;
  readonly tokens: WindowSlots;
  readonly day: PeriodUse;
  readonly month: PeriodUse;
  readonly running: readonly Running[];
}

export const unused: CallerUsage = {
  requests: [],
  tokens: [],
  day: { period: '', tokens: 0 },
  month: { period: '', tokens: 0 },
  running: [],
};

export interface Claim {
  readonly id: string;
  /** Prompt and completion, as many as there may be. */
  readonly tokens: number;
  readonly choices: number;
  readonly nowUnixMs: number;
  readonly expiresUnixMs: number;
}

export type LimitKind = 'requests' | 'tokens' | 'concurrency' | 'day' | 'month';

export interface Refusal {
  readonly kind: LimitKind;
  readonly limit: number;
  /** Milliseconds until it could pass. `undefined`: not known, or never. */
  readonly waitMs: number | undefined;
  /** Larger than the limit: waiting does not help. */
  readonly isHopeless: boolean;
}

/** As of a moment: what is past is left out. */
export function usageAt(usage: CallerUsage, nowUnixMs: number): CallerUsage {
  const { day, month } = dateOf(nowUnixMs);
  const requests = currentSlots(usage.requests, nowUnixMs);
  const tokens = currentSlots(usage.tokens, nowUnixMs);
  const isAsGiven =
    requests === usage.requests &&
    tokens === usage.tokens &&
    usage.day.period === day &&
    usage.month.period === month &&
    usage.running.every(({ expiresUnixMs }) => expiresUnixMs > nowUnixMs);
  if (isAsGiven) return usage;
  return {
    requests,
    tokens,
    day: usage.day.period === day ? usage.day : { period: day, tokens: 0 },
    month: usage.month.period === month ? usage.month : { period: month, tokens: 0 },
    running: usage.running.filter(({ expiresUnixMs }) => expiresUnixMs > nowUnixMs),
  };
}

export function reserve(
  given: CallerUsage,
  policy: LimitPolicy,
  claim: Claim,
): { readonly usage: CallerUsage; readonly refusal?: Refusal } {
  const { nowUnixMs, tokens } = claim;
  const usage = usageAt(given, nowUnixMs);
  const refusal = refusalOf(usage, policy, claim);
  if (refusal !== undefined) return { usage, refusal };
  const second = secondOf(nowUnixMs);
  const { id, choices, expiresUnixMs } = claim;
  // Only what has a budget is counted for so long, so that others can be forgotten when their minute is over.
  const isOfDay = policy.tokensPerDay !== undefined;
  const isOfMonth = policy.tokensPerMonth !== undefined;
  const day = isOfDay ? usage.day.period : '';
  const month = isOfMonth ? usage.month.period : '';
  return {
    usage: {
      requests: addTo(usage.requests, second, 1),
      tokens: addTo(usage.tokens, second, tokens),
      day: isOfDay ? { period: day, tokens: usage.day.tokens + tokens } : usage.day,
      month: isOfMonth ? { period: month, tokens: usage.month.tokens + tokens } : usage.month,
      running: [...usage.running, { id, tokens, choices, second, day, month, expiresUnixMs }],
    },
  };
}

/**
 * @param used tokens of the request, which may be more than were reserved: then what comes after pays for it. Charged to the moment of the
 * reservation. A reservation that is unknown, settled or expired changes nothing.
 */
export function settle(
  given: CallerUsage,
  { id, used, nowUnixMs }: { readonly id: string; readonly used: number; readonly nowUnixMs: number },
): CallerUsage {
  const usage = usageAt(given, nowUnixMs);
  const own = usage.running.find((running) => running.id === id);
  if (own === undefined) return usage;
  const change = Math.max(used, 0) - own.tokens;
  const corrected = (use: PeriodUse, period: string) =>
    use.period === period ? { period, tokens: Math.max(use.tokens + change, 0) } : use;
  return {
    ...usage,
    tokens: currentSlots(addTo(usage.tokens, own.second, change), nowUnixMs),
    day: corrected(usage.day, own.day),
    month: corrected(usage.month, own.month),
    running: usage.running.filter((running) => running.id !== id),
  };
}

/** As if nothing had been used but by what still runs, whose places stay taken. */
export function forgiven(usage: CallerUsage): CallerUsage {
  return { ...unused, running: usage.running };
}

/** Nothing would be lost if it were not kept. */
export function isForgettable(usage: CallerUsage): boolean {
  const { requests, tokens, day, month, running } = usage;
  const isUnused = requests.length === 0 && tokens.length === 0 && running.length === 0;
  return isUnused && day.tokens === 0 && month.tokens === 0;
}

function refusalOf(usage: CallerUsage, policy: LimitPolicy, claim: Claim): Refusal | undefined {
  const { nowUnixMs, tokens, choices } = claim;
  const { concurrentRequests, tokensPerDay, tokensPerMonth, requestsPerMinute, tokensPerMinute } = policy;
  const running = usage.running.reduce((sum, each) => sum + each.choices, 0);
  if (concurrentRequests !== undefined && running + choices > concurrentRequests) {
    const isHopeless = choices > concurrentRequests;
    return {
      kind: 'concurrency',
      limit: concurrentRequests,
      waitMs: isHopeless ? undefined : 1000,
      isHopeless,
    };
  }
  const day = periodRefusal('day', { use: usage.day, limit: tokensPerDay, tokens, nowUnixMs });
  const month = periodRefusal('month', { use: usage.month, limit: tokensPerMonth, tokens, nowUnixMs });
  return (
    month ??
    day ??
    windowRefusal('requests', { slots: usage.requests, limit: requestsPerMinute, amount: 1, nowUnixMs }) ??
    windowRefusal('tokens', { slots: usage.tokens, limit: tokensPerMinute, amount: tokens, nowUnixMs })
  );
}

interface PeriodCheck {
  readonly use: PeriodUse;
  readonly limit: number | undefined;
  readonly tokens: number;
  readonly nowUnixMs: number;
}

function periodRefusal(kind: 'day' | 'month', check: PeriodCheck): Refusal | undefined {
  const { use, limit, tokens, nowUnixMs } = check;
  if (limit === undefined || use.tokens + tokens <= limit) return undefined;
  const isHopeless = tokens > limit;
  return {
    kind,
    limit,
    waitMs: isHopeless ? undefined : periodEndUnixMs(kind, nowUnixMs) - nowUnixMs,
    isHopeless,
  };
}

interface WindowCheck {
  readonly slots: WindowSlots;
  readonly limit: number | undefined;
  readonly amount: number;
  readonly nowUnixMs: number;
}

function windowRefusal(kind: 'requests' | 'tokens', check: WindowCheck): Refusal | undefined {
  const { slots, limit, amount, nowUnixMs } = check;
  if (limit === undefined || sumOf(slots) + amount <= limit) return undefined;
  const waitMs = waitMsFor(slots, { amount, limit, nowUnixMs });
  return { kind, limit, waitMs, isHopeless: waitMs === undefined };
}

const dayMs = 86_400_000;
/** Asked several times for every request, and the same all day. */
let today = { number: Number.NaN, day: '', month: '' };

function dateOf(unixMs: number): typeof today {
  const number = Math.floor(unixMs / dayMs);
  if (number !== today.number) {
    const day = new Date(unixMs).toISOString().slice(0, 10);
    today = { number, day, month: day.slice(0, 7) };
  }
  return today;
}

function periodEndUnixMs(kind: 'day' | 'month', unixMs: number): number {
  const now = new Date(unixMs);
  const [year, month, date] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  return kind === 'day' ? Date.UTC(year, month, date + 1) : Date.UTC(year, month + 1, 1);
}
