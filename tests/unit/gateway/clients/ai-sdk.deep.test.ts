/** Vercel's AI SDK, unchanged, against the gateway. */

import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, generateText, streamText } from 'ai';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { apiKey, type ServingGateway, startGateway } from '../gateway-program.ts';

let gateway: ServingGateway;
beforeAll(async () => {
  gateway = await startGateway({ runtime: 'node' });
}, 30_000);
afterAll(() => gateway[Symbol.asyncDispose]());

function model(name: string, key = apiKey) {
  const provider = createOpenAICompatible({
    name: 'drydock',
    baseURL: `${gateway.url}/v1`,
    apiKey: key,
    includeUsage: true,
  });
  return provider(name);
}

const asked = { prompt: 'Say hello.', maxRetries: 0 };

it('answers whole, with usage', async () => {
  const { text, finishReason, usage } = await generateText({ ...asked, model: model('echo') });
  expect([text, finishReason]).toEqual(['Hello wörld', 'stop']);
  expect(usage).toMatchObject({ inputTokens: 5, outputTokens: 2 });
});

it('streams, with usage', async () => {
  const result = streamText({ ...asked, model: model('echo') });
  const parts: string[] = [];
  for await (const part of result.textStream) parts.push(part);
  expect(parts.join('')).toBe('Hello wörld');
  expect(await result.usage).toMatchObject({ inputTokens: 5, outputTokens: 2 });
});

it('takes an abort to the worker', async () => {
  const controller = new AbortController();
  const result = generateText({ ...asked, model: model('silent:ai'), abortSignal: controller.signal });
  const logged = (event: string) =>
    gateway.logLine(event, (l) => l.event === event && l.model === 'silent:ai');
  await logged('scripted-start');
  controller.abort();
  await expect(result).rejects.toMatchObject({ name: 'AbortError' });
  await logged('scripted-abort');
});

it('throws its own error for ours, and knows which to retry', async () => {
  for (const [name, key, status, isRetryable] of [
    ['echo', 'wrong', 401, false],
    ['nothing', apiKey, 404, false],
    ['fail:RPC_WORKER_BUSY', apiKey, 429, true],
  ] as const) {
    const error = await generateText({ ...asked, model: model(name, key) }).catch(
      (thrown: unknown) => thrown,
    );
    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({
      statusCode: status,
      isRetryable,
      message: expect.stringMatching(/^could not /),
    });
  }
});
