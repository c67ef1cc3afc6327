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
  const { requestsPerMinute, tokensPerMinute, tokensPerDay, tokensPerMonth } = policy;
  const states: string[] = [];
  const addWindow = (name: string, quota: number | undefined, slots: WindowSlots) => {
    if (quota !== undefined) states.push(`${leftOf(name, quota, sumOf(slots))}${resetOf(slots, nowUnixMs)}`);
  };
  const addPeriod = (name: string, quota: number | undefined, used: number) => {
    if (quota !== undefined) states.push(leftOf(name, quota, used));
  };
  addWindow('requests', requestsPerMinute, usage.requests);
  addWindow('tokens', tokensPerMinute, usage.tokens);
  addPeriod('tokens-day', tokensPerDay, usage.day.tokens);
  addPeriod('tokens-month', tokensPerMonth, usage.month.tokens);
  if (states.length === 0) return {};
  return { 'ratelimit-policy': policyHeaderOf(policy), ratelimit: states.join(', ') };
}

function leftOf(name: string, quota: number, used: number): string {
  return `"${name}";r=${Math.max(quota - used, 0)}`;
}

/** The same for every request under one policy. */
const policyHeaders = new WeakMap<LimitPolicy, string>();

function policyHeaderOf(policy: LimitPolicy): string {
  const known = policyHeaders.get(policy);
  if (known !== undefined) return known;
  const quotas = [
    { name: 'requests', quota: policy.requestsPerMinute, seconds: windowSeconds },
    { name: 'tokens', quota: policy.tokensPerMinute, seconds: windowSeconds },
    { name: 'tokens-day', quota: policy.tokensPerDay, seconds: daySeconds },
    { name: 'tokens-month', quota: policy.tokensPerMonth, seconds: 30 * daySeconds },
  ];
  const header = quotas
    .filter(({ quota }) => quota !== undefined)
    .map(({ name, quota, seconds }) => `"${name}";q=${quota};w=${seconds}`)
    .join(', ');
  policyHeaders.set(policy, header);
  return header;
}

function resetOf([oldest]: WindowSlots, nowUnixMs: number): string {
  if (oldest === undefined) return '';
  const freeUnixMs = (oldest[0] + windowSeconds + 1) * 1000;
  return `;t=${Math.ceil((freeUnixMs - nowUnixMs) / 1000)}`;
}
