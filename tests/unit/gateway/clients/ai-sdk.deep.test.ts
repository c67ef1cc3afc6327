/** Vercel's AI SDK, unchanged, against the gateway. */

import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, generateObject, generateText, isStepCount, streamObject, streamText, tool } from 'ai';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { apiKey, type ServingGateway, startGateway } from '../gateway-program.ts';

let gateway: ServingGateway;
// Each test makes requests of its own, so their waits may run side by side.
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
    supportsStructuredOutputs: true,
  });
  return provider(name);
}

const question = { prompt: 'Say hello.', maxRetries: 0 };

it.concurrent('answers whole, with usage', async () => {
  const { text, finishReason, usage } = await generateText({ ...question, model: model('echo') });
  expect([text, finishReason]).toEqual(['Hello wörld', 'stop']);
  expect(usage).toMatchObject({ inputTokens: 5, outputTokens: 2 });
});

it.concurrent('streams, with usage', async () => {
  const result = streamText({ ...question, model: model('echo') });
  const parts: string[] = [];
  for await (const part of result.textStream) parts.push(part);
  expect(parts.join('')).toBe('Hello wörld');
  expect(await result.usage).toMatchObject({ inputTokens: 5, outputTokens: 2 });
});

it.concurrent('takes an abort to the worker', async () => {
  const controller = new AbortController();
  const result = generateText({ ...question, model: model('silent:ai'), abortSignal: controller.signal });
  const logged = (event: string) =>
    gateway.logLine(event, (l) => l.event === event && l.model === 'silent:ai');
  await logged('scripted-start');
  controller.abort();
  await expect(result).rejects.toMatchObject({ name: 'AbortError' });
  await logged('scripted-abort');
});

it.concurrent('throws its own error for ours, and knows which to retry', async () => {
  for (const [name, key, status, isRetryable] of [
    ['echo', 'wrong', 401, false],
    ['nothing', apiKey, 404, false],
    ['fail:RPC_WORKER_BUSY', apiKey, 429, true],
  ] as const) {
    const error = await generateText({ ...question, model: model(name, key) }).catch(
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

const schema = z.object({ city: z.string() });

function weather(asked: string[]) {
  return tool({
    description: 'Says how it is.',
    inputSchema: schema,
    execute: ({ city }: z.infer<typeof schema>) => {
      asked.push(city);
      return { sky: 'clear' };
    },
  });
}

it.concurrent('runs tools and goes on with what they gave, whole and streamed', async () => {
  const asked: string[] = [];
  const options = { ...question, tools: { weather: weather(asked) }, stopWhen: isStepCount(3) };
  const { text, steps } = await generateText({ ...options, model: model('calls') });
  expect([text, asked]).toEqual(['It gave {"sky":"clear"}.', ['Rome']]);
  expect(steps.map(({ finishReason }) => finishReason)).toEqual(['tool-calls', 'stop']);
  const streamed = streamText({ ...options, model: model('calls') });
  expect(await streamed.text).toBe('It gave {"sky":"clear"}.');
  expect(asked).toEqual(['Rome', 'Rome']);
});

it.concurrent('calls the one tool that it is told to', async () => {
  const { toolCalls } = await generateText({
    ...question,
    model: model('calls'),
    tools: { weather: weather([]), other: weather([]) },
    toolChoice: { type: 'tool', toolName: 'other' },
  });
  expect(toolCalls).toMatchObject([{ toolName: 'other', input: { city: 'Rome' } }]);
});

it.concurrent('generates objects, whole and streamed', async () => {
  const { object } = await generateObject({ ...question, model: model('calls'), schema });
  expect(object).toEqual({ city: 'Rome' });
  const streamed = streamObject({ ...question, model: model('calls'), schema });
  for await (const _ of streamed.partialObjectStream);
  expect(await streamed.object).toEqual({ city: 'Rome' });
});

it.concurrent('retries by itself when we say', async () => {
  const { text } = await generateText({
    ...question,
    maxRetries: 2,
    model: model('fail-once:RPC_OVERLOADED/ai'),
  });
  expect(text).toBe('at last');
});
