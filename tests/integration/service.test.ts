/** One deployment with its real programs, used as a client on the internet uses it. */

import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestedDeployment, type TestedDeployment } from '../support/tested-deployment.ts';
import { until } from '../support/until.ts';

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

test('ends the stream of a killed worker with a clear error or a whole answer, and serves the next request', async () => {
  const stream = await client.chat.completions.create({
    model: 'tiny',
    messages,
    temperature: 1,
    seed: 3,
    max_tokens: 400,
    stream: true,
  });
  const seen = { text: '', finish: '', error: '', victim: '' };
  try {
    for await (const chunk of stream) {
      seen.text += chunk.choices[0]?.delta.content ?? '';
      seen.finish = chunk.choices[0]?.finish_reason ?? seen.finish;
      if (seen.victim === '' && seen.text.length > 20) {
        seen.victim = 'worker-0';
        await deployment.signal('worker-0', 'SIGKILL');
      }
    }
  } catch (error) {
    seen.error = error instanceof Error ? error.message : String(error);
  }
  // Never an answer that looks whole and is not: an error means no finish reason, and the other way round.
  expect(seen.victim).toBe('worker-0');
  expect([seen.finish === '', seen.error === '']).toContain(true);
  expect(seen.finish === '').toBe(seen.error !== '');
  await until(
    () => (deployment.ended.includes('worker-0') ? true : undefined),
    { what: 'the end of worker-0', budgetMs: 5_000 },
    () => deployment.ended,
  );
  const next = await client.chat.completions.create({
    model: 'tiny',
    messages,
    temperature: 0,
    max_tokens: 8,
  });
  expect(next.choices[0]?.finish_reason).toMatch(/^(stop|length)$/);
});
