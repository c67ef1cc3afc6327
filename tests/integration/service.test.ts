/** One deployment with its real programs, used as a client on the internet uses it. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestedDeployment, type TestedDeployment } from '../support/tested-deployment.ts';

let deployment: TestedDeployment;
let client: OpenAI;
beforeAll(async () => {
  deployment = await startTestedDeployment('tiny');
  client = new OpenAI({ apiKey: deployment.apiKey, baseURL: `${deployment.url}/v1`, maxRetries: 0 });
}, 60_000);
afterAll(() => deployment[Symbol.asyncDispose]());

const messages = [{ role: 'user' as const, content: 'What is the capital of France?' }];

test('lists the one model that its workers serve', async () => {
  const { data } = await client.models.list();
  expect(data.map(({ id }) => id)).toStrictEqual(['tiny']);
});

test('answers whole, and streamed to the same text', async () => {
  const request = { model: 'tiny', messages, temperature: 0, max_tokens: 24 };
  const whole = await client.chat.completions.create(request);
  const [choice] = whole.choices;
  expect(choice?.finish_reason).toMatch(/^(stop|length)$/);
  expect(whole.usage?.completion_tokens).toBeGreaterThan(0);
  let text = '';
  let finish = '';
  for await (const chunk of await client.chat.completions.create({ ...request, stream: true })) {
    text += chunk.choices[0]?.delta.content ?? '';
    finish = chunk.choices[0]?.finish_reason ?? finish;
  }
  expect({ text, finish }).toStrictEqual({ text: choice?.message.content, finish: choice?.finish_reason });
});

test('gives the same answer for the same seed', async () => {
  const request = { model: 'tiny', messages, temperature: 1, seed: 7, max_tokens: 24 };
  const [first, second] = await Promise.all([
    client.chat.completions.create(request),
    client.chat.completions.create(request),
  ]);
  expect(first.choices[0]?.message.content).toBe(second.choices[0]?.message.content);
});

test('calls a function, whole and streamed, with the same arguments of its schema', async () => {
  const parameters = {
    type: 'object',
    properties: { city: { enum: ['Paris', 'Rome'] } },
    required: ['city'],
    additionalProperties: false,
  };
  const request = {
    model: 'tiny',
    messages,
    temperature: 0,
    tools: [{ type: 'function' as const, function: { name: 'weather', parameters, strict: true } }],
    tool_choice: 'required' as const,
    parallel_tool_calls: false,
    max_tokens: 120,
  };
  const { choices } = await client.chat.completions.create(request);
  expect(choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } });
  const [call] = choices[0]?.message.tool_calls ?? [];
  if (call?.type !== 'function') throw new Error('no function was called');
  expect(JSON.parse(call.function.arguments).city).toMatch(/^(Paris|Rome)$/);
  const streamed = await client.chat.completions.stream(request).finalChatCompletion();
  expect(streamed.choices[0]?.message.tool_calls).toMatchObject([{ function: call.function }]);
});

const refused = [
  { name: 'a missing key', headers: {}, body: '{}', status: 401 },
  { name: 'a wrong key', headers: { authorization: 'Bearer dd-wrong' }, body: '{}', status: 401 },
  { name: 'malformed JSON', headers: undefined, body: '{', status: 400 },
  {
    name: 'an empty message list',
    headers: undefined,
    body: JSON.stringify({ model: 'tiny', messages: [] }),
    status: 400,
  },
  {
    name: 'an unknown model',
    headers: undefined,
    body: JSON.stringify({ model: 'nobody', messages }),
    status: 404,
  },
  {
    name: 'an oversized body',
    headers: undefined,
    body: JSON.stringify({ model: 'tiny', messages: [{ role: 'user', content: 'x'.repeat(1_100_000) }] }),
    status: 413,
  },
];

test.each(refused)(
  'refuses $name with $status and one line in the error envelope',
  async ({ headers, body, status }) => {
    const response = await fetch(`${deployment.url}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(headers ?? { authorization: `Bearer ${deployment.apiKey}` }),
      },
      body,
    });
    expect(response.status).toBe(status);
    const { error } = (await response.json()) as { error: { message: string } };
    expect(error.message).toMatch(/^[^\n]+$/);
    expect(response.headers.get('x-request-id')).toBeTruthy();
  },
);

test('serves on when an engine is killed too', async () => {
  await deployment.signal('engine-0', 'SIGKILL');
  const next = await client.chat.completions.create({
    model: 'tiny',
    messages,
    temperature: 0,
    max_tokens: 8,
  });
  expect(next.choices[0]?.finish_reason).toMatch(/^(stop|length)$/);
});

test('keeps key, prompts and answers out of every log', async () => {
  const canary = 'canary-7f3a of the prompt';
  const { choices } = await client.chat.completions.create({
    model: 'tiny',
    messages: [{ role: 'user', content: canary }],
    temperature: 0,
    max_tokens: 16,
  });
  const logs = readdirSync(deployment.logDirectory);
  expect(logs.sort()).toStrictEqual([
    'engine-0.log',
    'engine-1.log',
    'gateway-0.log',
    'local-services-0.log',
    'worker-0.log',
    'worker-1.log',
  ]);
  const text = logs.map((name) => readFileSync(join(deployment.logDirectory, name), 'utf8')).join('');
  expect(text).toContain('/v1/chat/completions');
  for (const secret of [
    deployment.apiKey,
    'canary-7f3a',
    'capital of France',
    choices[0]?.message.content ?? '',
  ]) {
    expect(text).not.toContain(secret);
  }
});
