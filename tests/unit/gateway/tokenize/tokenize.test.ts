import { describe, expect, it } from 'vitest';
import { createInMemoryLimitStore } from '../../../../src/gateway/limits/limit-store.ts';
import { createLimiter } from '../../../../src/gateway/limits/limiter.ts';
import { parseLimitPolicies } from '../../../../src/gateway/limits/policy.ts';
import { defaultLimits } from '../../../../src/gateway/limits.ts';
import { inProcessGateway } from '../in-process-gateway.ts';
import { expectShape } from '../openai-schema.ts';

const path = '/tokenize';
const gateway = inProcessGateway();
const messages = [{ role: 'user', content: 'A' }];

async function send(body: unknown, asked = gateway) {
  const response = await asked.ask({ path, body });
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
}

it.each([
  [{ prompt: 'A' }, [2, 65]],
  [{ prompt: 'A', add_special_tokens: true, unknown: 1 }, [2, 65]],
  [{ prompt: 'A', add_special_tokens: false, messages: null }, [65]],
  [{ prompt: '' }, [2]],
  [{ messages }, [2, ...Buffer.from('user:A')]],
  [{ messages, add_special_tokens: false, add_generation_prompt: true }, [...Buffer.from('user:A')]],
  [
    { messages: [{ role: 'developer', content: [{ type: 'text', text: 'A' }] }, ...messages] },
    [2, ...Buffer.from('system:A,user:A')],
  ],
])('gives the ids of %j', async (asked, tokens) => {
  expect(await send({ model: 'echo', ...asked })).toMatchObject({
    status: 200,
    body: { count: tokens.length, max_model_len: 96, tokens },
  });
});

it.each([
  ['model', { model: undefined, prompt: 'A' }],
  ['model', { model: 7, prompt: 'A' }],
  ['prompt', {}],
  ['prompt', { prompt: 7 }],
  ['prompt', { prompt: ['A'] }],
  ['prompt', { prompt: '\ud800' }],
  ['messages', { messages: [] }],
  ['messages', { prompt: 'A', messages }],
  ['messages[0].role', { messages: [{ role: 'x', content: 'A' }] }],
  ['add_special_tokens', { prompt: 'A', add_special_tokens: 'yes' }],
  ['add_special_tokens', { messages, add_special_tokens: true }],
  ['add_generation_prompt', { messages, add_generation_prompt: false }],
  ['return_token_strs', { prompt: 'A', return_token_strs: true }],
  ['chat_template', { messages, chat_template: 'x' }],
  ['tools', { messages, tools: [{}] }],
])('refuses a wrong %s', async (param, wrong) => {
  const { status, body } = await send({ model: 'echo', ...wrong });
  expect({ status, param: body.error?.param }).toEqual({ status: 400, param });
  expectShape('ErrorResponse', body);
});

it.each([
  ['RPC_UNSUPPORTED', 501, 'not_supported'],
  ['RPC_REQUEST_INVALID', 400, 'request_refused'],
  ['RPC_WORKER_BUSY', 429, 'workers_busy'],
  ['RPC_WORKER_LOST', 502, 'worker_lost'],
])('says of %s what completions do', async (rpcCode, status, code) => {
  const answer = await send({ model: `fail:${rpcCode}`, prompt: 'A' });
  expect(answer).toMatchObject({ status, body: { error: { code } } });
  expect(answer.headers.get('x-should-retry')).toBe(status === 501 ? 'false' : null);
});

it('tells the worker side when the client leaves, and gives its place back', async () => {
  const own = inProcessGateway();
  const leaving = new AbortController();
  const asked = own.ask({ path, body: { model: 'silent', prompt: 'A' }, signal: leaving.signal });
  await expect.poll(() => own.logLines.some(({ event }) => event === 'scripted-start')).toBe(true);
  leaving.abort();
  await expect.poll(() => own.logLines.some(({ event }) => event === 'scripted-abort')).toBe(true);
  expect((await asked).status).toBe(400);
});

it('ends when its time is over, though the worker side does not listen', async () => {
  const hasty = inProcessGateway({ limits: { ...defaultLimits, requestMs: 50 } });
  expect(await send({ model: 'deaf', prompt: 'A' }, hasty)).toMatchObject({
    status: 504,
    body: { error: { code: 'deadline_exceeded' } },
  });
});

describe('the limits of a caller', () => {
  const clock = { nowUnixMs: () => 0 };
  const logger = { info: () => {}, warn: () => {} };
  function limitedBy(policy: object) {
    const policies = parseLimitPolicies(JSON.stringify({ default: policy }));
    const limiter = createLimiter({
      ...{ clock, logger, requestMs: 1000, randomId: () => crypto.randomUUID(), policies: () => policies },
      store: createInMemoryLimitStore({ clock }),
    });
    return inProcessGateway({ limiter });
  }

  it('count it as a request that costs no tokens', async () => {
    const limited = limitedBy({ requestsPerMinute: 3, tokensPerMinute: 10 });
    const statuses: number[] = [];
    for (let count = 0; count < 4; count += 1) {
      statuses.push((await send({ model: 'echo', prompt: 'A'.repeat(16) }, limited)).status);
    }
    expect(statuses).toEqual([200, 200, 200, 429]);
  });

  it.each([
    ['a minute', { tokensPerMinute: 10 }],
    ['a day', { tokensPerDay: 10 }],
  ])('let through a prompt of more tokens than those of %s', async (_title, policy) => {
    const limited = limitedBy(policy);
    for (let count = 0; count < 2; count += 1) {
      expect((await send({ model: 'echo', prompt: 'A'.repeat(400) }, limited)).status).toBe(200);
    }
  });

  it.each([
    [403, null, { models: ['other'] }],
    [400, 'prompt', { promptBytesMax: 3 }],
  ])('refuse it: %s %s', async (status, param, policy) => {
    const answer = await send({ model: 'echo', prompt: 'AAAA' }, limitedBy(policy));
    expect([answer.status, answer.body.error.param]).toEqual([status, param ?? 'model']);
  });
});
