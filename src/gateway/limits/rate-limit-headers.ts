/**
 * A caller's limits and what is left of them, in the fields of the IETF draft "RateLimit header fields for HTTP" (revision 10):
 * `"requests";q=60;w=60` and `"requests";r=12;t=7`. `t` is when the first part of what was used comes back. Pure.
 */

import type { CallerUsage } from './caller-usage.ts';
import type { LimitPolicy } from './policy.ts';
import { sumOf, type WindowSlots, windowSeconds } from './sliding-window.ts';

const daySeconds = 86_400;

/** @param usage as of `nowUnixMs`. @returns none where nothing is limited. */
export function rateLimitHeaders(
  usage: CallerUsage,
  policy: LimitPolicy,
  nowUnixMs: number,
): Readonly<Record<string, string>> {
  const windows = [
    { name: 'requests', quota: policy.requestsPerMinute, slots: usage.requests },
    { name: 'tokens', quota: policy.tokensPerMinute, slots: usage.tokens },
  ].flatMap(({ name, quota, slots }) => {
    if (quota === undefined) return [];
    const left = Math.max(quota - sumOf(slots), 0);
    return [
      {
        policy: `"${name}";q=${quota};w=${windowSeconds}`,
        state: `"${name}";r=${left}${resetOf(slots, nowUnixMs)}`,
      },
    ];
  });
  const periods = [
    { name: 'tokens-day', quota: policy.tokensPerDay, seconds: daySeconds, used: usage.day.tokens },
    {
      name: 'tokens-month',
      quota: policy.tokensPerMonth,
      seconds: 30 * daySeconds,
      used: usage.month.tokens,
    },
  ].flatMap(({ name, quota, seconds, used }) => {
    if (quota === undefined) return [];
    return [
      { policy: `"${name}";q=${quota};w=${seconds}`, state: `"${name}";r=${Math.max(quota - used, 0)}` },
    ];
  });
  const items = [...windows, ...periods];
  if (items.length === 0) return {};
  return {
    'ratelimit-policy': items.map((item) => item.policy).join(', '),
    ratelimit: items.map(({ state }) => state).join(', '),
  };
}

function resetOf([oldest]: WindowSlots, nowUnixMs: number): string {
  if (oldest === undefined) return '';
  const freeUnixMs = (oldest[0] + windowSeconds + 1) * 1000;
  return `;t=${Math.ceil((freeUnixMs - nowUnixMs) / 1000)}`;
}
