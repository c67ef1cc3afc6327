/** What callers have used and may use, limits of an administrator's own, and use that is forgiven. */

import type { Context } from 'hono';
import type { Clock } from '../clock.ts';
import { invalidIssue } from '../invalid-param.ts';
import { type CallerUsage, forgiven, unused, usageAt } from '../limits/caller-usage.ts';
import type { LimitStore } from '../limits/limit-store.ts';
import { type LimitPolicies, limitPolicySchema } from '../limits/policy.ts';
import { sumOf } from '../limits/sliding-window.ts';
import type { GatewayEnv } from '../request-record.ts';
import { readJsonBody } from '../runtime/json-body.ts';
import { adminRoute, callerOf } from './admin-route.ts';
import type { LimitOverrides } from './limit-overrides.ts';

export interface LimitRoutesOptions {
  readonly store: LimitStore;
  readonly policies: () => LimitPolicies;
  readonly overrides: LimitOverrides;
  readonly clock: Clock;
}

/** Callers of one answer. */
const pageMax = 1000;
const body = { bodyBytesMax: 64 * 1024, bodyReadMs: 10_000, content: undefined };

export function limitRoutes({ store, policies, overrides, clock }: LimitRoutesOptions) {
  const told = (caller: string, usage: CallerUsage) => ({
    caller,
    policy: policies().of(caller),
    isOverridden: overrides.has(caller),
    used: toldUsage(usageAt(usage, clock.nowUnixMs())),
  });
  const answer = async (context: Context<GatewayEnv>, caller: string) =>
    context.json(told(caller, await store.read(caller)));
  return [
    adminRoute('GET', '/admin/limits', async (context) => {
      const used = new Map(await store.callers());
      const names = [...new Set([...used.keys(), ...overrides.callers()])].sort();
      const rest = names.filter((name) => name > (context.req.query('after') ?? ''));
      const page = rest.slice(0, pageMax);
      return context.json({
        callers: page.map((name) => told(name, used.get(name) ?? unused)),
        hasMore: rest.length > page.length,
      });
    }),
    adminRoute('GET', '/admin/limits/:caller', (context) => answer(context, callerOf(context))),
    adminRoute('PUT', '/admin/limits/:caller', async (context) => {
      const caller = callerOf(context);
      const { signal } = context.req.raw;
      const policy = limitPolicySchema.safeParse(await readJsonBody(context.req.raw, { ...body, signal }));
      if (!policy.success) throw invalidIssue(policy.error.issues[0]);
      overrides.set(caller, policy.data);
      return answer(context, caller);
    }),
    adminRoute('DELETE', '/admin/limits/:caller', (context) => {
      const caller = callerOf(context);
      overrides.delete(caller);
      return answer(context, caller);
    }),
    adminRoute('POST', '/admin/limits/:caller/reset', async (context) => {
      const caller = callerOf(context);
      await store.update(caller, (usage) => ({ usage: forgiven(usage), result: undefined }));
      return answer(context, caller);
    }),
  ];
}

function toldUsage({ requests, tokens, day, month, running }: CallerUsage) {
  return {
    requestsInMinute: sumOf(requests),
    tokensInMinute: sumOf(tokens),
    tokensInDay: day.tokens,
    tokensInMonth: month.tokens,
    running: running.reduce((sum, { choices }) => sum + choices, 0),
  };
}
