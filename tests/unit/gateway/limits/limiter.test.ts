import { expect, it, vi } from 'vitest';
import type { CallerUsage } from '../../../../src/gateway/limits/caller-usage.ts';
import { createInMemoryLimitStore, type LimitStore } from '../../../../src/gateway/limits/limit-store.ts';
import { createLimiter } from '../../../../src/gateway/limits/limiter.ts';
import { type LimitPolicy, parseLimitPolicies } from '../../../../src/gateway/limits/policy.ts';
import { greeting } from '../http-exchange.ts';
import { inProcessGateway, keys } from '../in-process-gateway.ts';

const startUnixMs = Date.UTC(2026, 10, 25, 12);

function heldClock() {
  let nowUnixMs = startUnixMs;
  return {
    nowUnixMs: () => nowUnixMs,
    pass: (ms: number) => {
      nowUnixMs += ms;
    },
  };
}

interface Options {
  readonly policy?: LimitPolicy;
  readonly keys?: Readonly<Record<string, LimitPolicy>>;
  readonly store?: LimitStore;
}

function limitedGateway(options: Options) {
  const clock = heldClock();
  const { store = createInMemoryLimitStore({ clock }) } = options;
  const policies = parseLimitPolicies(
    JSON.stringify({ default: options.policy ?? {}, keys: options.keys ?? {} }),
  );
  const warnings: unknown[] = [];
  const logger = { info: () => {}, warn: (fields: unknown) => void warnings.push(fields) };
  let count = 0;
  const limiter = createLimiter({
    store,
    policies: () => policies,
    clock,
    randomId: () => `reservation-${count++}`,
    logger,
    requestMs: 1000,
  });
  return { ...inProcessGateway({ limiter }), clock, store, warnings };
}

const short = { ...greeting, max_tokens: 10 };

it('refuses what is over the requests of a minute, and takes it when it said that it would', async () => {
  const { ask, clock } = limitedGateway({ policy: { requestsPerMinute: 2 } });
  const first = await ask();
  expect(first.headers.get('ratelimit-policy')).toBe('"requests";q=2;w=60');
  expect(first.headers.get('ratelimit')).toBe('"requests";r=1;t=61');
  clock.pass(1500);
  expect((await ask()).status).toBe(200);
  const refused = await ask();
  expect(refused.status).toBe(429);
  expect(await refused.json()).toMatchObject({
    error: { type: 'rate_limit_error', code: 'rate_limit_exceeded', param: null },
  });
  expect(refused.headers.get('ratelimit')).toBe('"requests";r=0;t=60');
  expect([refused.headers.get('retry-after'), refused.headers.get('retry-after-ms')]).toEqual([
    '60',
    '59500',
  ]);
  clock.pass(59_499);
  expect((await ask()).status).toBe(429);
  clock.pass(1);
  expect((await ask()).status).toBe(200);
});

it('reserves all that a request may use, and gives back at its end what it did not', async () => {
  const { ask } = limitedGateway({ policy: { tokensPerMinute: 100 } });
  // 10 completion tokens, and 8 for a prompt that a worker then counts as 5; 2 come.
  const first = await ask({ body: short });
  expect(first.headers.get('ratelimit')).toBe('"tokens";r=82;t=61');
  await first.json();
  const second = await ask({ body: { ...short, n: 2, model: 'numbered' } });
  expect(second.headers.get('ratelimit')).toBe('"tokens";r=65;t=61');
  await second.json();
  const tooMuch = await ask({ body: { ...short, max_tokens: 80 } });
  expect([tooMuch.status, tooMuch.headers.get('x-should-retry')]).toEqual([429, null]);
  const never = await ask({ body: { ...short, max_tokens: 200 } });
  expect([never.status, never.headers.get('x-should-retry'), never.headers.get('retry-after')]).toEqual([
    429,
    'false',
    null,
  ]);
});

it('gives back after an abort, after a failure, and when a stream breaks off', async () => {
  const { ask } = limitedGateway({ policy: { tokensPerMinute: 30 } });
  const left = async () => {
    const probe = await ask({ body: { ...short, max_tokens: 22, model: 'fail:RPC_WORKER_BUSY' } });
    return /r=(\d+)/.exec(probe.headers.get('ratelimit') ?? '')?.[1];
  };
  // The probe itself takes all that is left, and gives it back for it fails.
  expect(await left()).toBe('0');
  expect(await left()).toBe('0');
  const leaving = new AbortController();
  const silent = ask({ body: { ...short, model: 'silent' }, signal: leaving.signal });
  await vi.waitFor(async () => expect((await ask({ body: { ...short, max_tokens: 22 } })).status).toBe(429));
  leaving.abort();
  expect((await silent).status).toBe(400);
  expect(await left()).toBe('0');
  const broken = await ask({ body: { ...short, stream: true, model: 'fail-after:RPC_WORKER_LOST' } });
  expect(await broken.text()).toContain('worker_lost');
  // The prompt as it was estimated, and the one token that came, are paid for.
  const after = await ask({ body: { ...short, max_tokens: 13 } });
  expect(after.headers.get('ratelimit')).toMatch(/"tokens";r=0/);
  expect((await ask({ body: { ...short, max_tokens: 14 } })).status).toBe(429);
});

it('bounds the answers that a key has in work, choices counted', async () => {
  const { ask } = limitedGateway({ policy: { concurrentRequests: 2 } });
  const leaving = new AbortController();
  const held = ask({ body: { ...greeting, model: 'silent', n: 2 }, signal: leaving.signal });
  await vi.waitFor(async () => expect((await ask()).status).toBe(429));
  expect((await ask({ key: keys.second })).status).toBe(200);
  leaving.abort();
  await held;
  expect((await ask()).status).toBe(200);
  expect((await ask({ body: { ...greeting, n: 3 } })).headers.get('x-should-retry')).toBe('false');
});

it('tells clients not to retry within a day what its budget does not hold', async () => {
  const { ask, clock } = limitedGateway({ policy: { tokensPerDay: 40 } });
  await (await ask({ body: { ...short, max_tokens: 30, model: 'long' } })).json();
  const refused = await ask({ body: { ...short, max_tokens: 32 } });
  expect(refused.status).toBe(429);
  expect(await refused.json()).toMatchObject({ error: { code: 'insufficient_quota' } });
  expect(refused.headers.get('x-should-retry')).toBe('false');
  expect(refused.headers.get('ratelimit')).toBe('"tokens-day";r=33');
  expect(refused.headers.get('retry-after')).toBe(String(12 * 3600));
  clock.pass(12 * 3600 * 1000);
  expect((await ask({ body: { ...short, max_tokens: 30 } })).status).toBe(200);
});

it('lets a key use its models alone, and lists no others to it', async () => {
  const { ask } = limitedGateway({ keys: { first: { models: ['family/*'] } } });
  const refused = await ask();
  expect(refused.status).toBe(403);
  expect(await refused.json()).toMatchObject({ error: { code: 'model_not_allowed', param: 'model' } });
  // Whether there is a model of that name, it is not told.
  expect((await ask({ body: { ...greeting, model: 'no such' } })).status).toBe(403);
  const listOf = async (key: string) => {
    const list = await (await ask({ key, path: '/v1/models', method: 'GET' })).text();
    return JSON.parse(list).data.map(({ id }: { id: string }) => id);
  };
  expect(await listOf(keys.first)).toEqual(['family/echo']);
  expect(await listOf(keys.second)).toEqual(['echo', 'family/echo']);
  expect((await ask({ path: '/v1/models/echo', method: 'GET' })).status).toBe(404);
  expect((await ask({ key: keys.second })).status).toBe(200);
});

it('bounds prompts and answers by their own caps', async () => {
  const { ask } = limitedGateway({ policy: { promptBytesMax: 10, completionTokensMax: 7 } });
  const messages = [{ role: 'user', content: 'ä'.repeat(5) }];
  const inspected = await ask({ body: { model: 'inspect', messages } });
  const [choice] = JSON.parse(await inspected.text()).choices;
  expect(JSON.parse(choice.message.content).sampling.maxTokens).toBe(7);
  expect(inspected.headers.get('ratelimit')).toBeNull();
  const long = await ask({ body: { model: 'echo', messages: [{ role: 'user', content: 'ä'.repeat(6) }] } });
  expect([long.status, await long.json()]).toMatchObject([400, { error: { param: 'messages' } }]);
  const many = await ask({ body: { model: 'echo', messages, max_tokens: 8 } });
  expect([many.status, await many.json()]).toMatchObject([400, { error: { param: 'max_tokens' } }]);
  const text = { model: 'echo', prompt: 'x'.repeat(11), max_tokens: 1 };
  const completion = await ask({ path: '/v1/completions', body: text });
  expect([completion.status, await completion.json()]).toMatchObject([400, { error: { param: 'prompt' } }]);
});

it('holds one limit across two gateways that share a store', async () => {
  const store = createInMemoryLimitStore({ clock: { nowUnixMs: () => startUnixMs } });
  const policy = { requestsPerMinute: 5, concurrentRequests: 100 };
  const gateways = [limitedGateway({ policy, store }), limitedGateway({ policy, store })];
  const answers = await Promise.all(Array.from({ length: 12 }, (_, index) => gateways[index % 2]?.ask()));
  const statuses = answers.map((answer) => answer?.status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(5);
  expect(statuses.filter((status) => status === 429)).toHaveLength(7);
});

it('counts a request once though the store tries it anew', async () => {
  const inner = createInMemoryLimitStore({ clock: { nowUnixMs: () => startUnixMs } });
  const contended: LimitStore = {
    ...inner,
    update: (callerId, change) =>
      inner.update(callerId, (usage: CallerUsage) => {
        change(usage);
        return change(usage);
      }),
  };
  const { ask } = limitedGateway({ policy: { requestsPerMinute: 2 }, store: contended });
  expect([(await ask()).status, (await ask()).status, (await ask()).status]).toEqual([200, 200, 429]);
});

it('lets nobody in while the store fails, and goes on when an answer cannot be settled', async () => {
  let isDead = true;
  const inner = createInMemoryLimitStore({ clock: { nowUnixMs: () => startUnixMs } });
  const store: LimitStore = {
    ...inner,
    async update(callerId, change) {
      if (isDead) throw new Error('canary: no connection');
      return inner.update(callerId, change);
    },
  };
  const { ask, warnings } = limitedGateway({ policy: { requestsPerMinute: 2 }, store });
  const refused = await ask();
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
  const text = await refused.text();
  expect(text).toContain('limits_unavailable');
  expect(text).not.toContain('canary');
  isDead = false;
  const response = await ask({ body: { ...greeting, stream: true } });
  isDead = true;
  expect(await response.text()).toContain('[DONE]');
  await vi.waitFor(() => expect(warnings).toMatchObject([{ event: 'limit-unsettled' }]));
  expect(JSON.stringify(warnings)).not.toContain('canary');
});

it('forgets callers that have nothing in use, and never one that has', async () => {
  const clock = heldClock();
  const store = createInMemoryLimitStore({ clock, callersMax: 2 });
  const policy = { requestsPerMinute: 1 };
  const limited = limitedGateway({ policy, store });
  expect((await limited.ask()).status).toBe(200);
  expect((await limited.ask({ key: keys.second })).status).toBe(200);
  const third = store.update('third', (usage) => ({ usage, result: undefined }));
  await expect(third).rejects.toMatchObject({ code: 'GATEWAY_LIMITS_UNAVAILABLE' });
  expect((await limited.ask()).status).toBe(429);
  clock.pass(62_000);
  await store.update('third', (usage) => ({ usage, result: undefined }));
  expect((await limited.ask()).status).toBe(200);
});
