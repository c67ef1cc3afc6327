/** LangChain for JavaScript, unchanged, against the gateway. */

import { ChatOpenAI } from '@langchain/openai';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { apiKey, type ServingGateway, startGateway } from '../gateway-program.ts';

let gateway: ServingGateway;
// Each test makes requests of its own, so their waits may run side by side.
beforeAll(async () => {
  gateway = await startGateway({ runtime: 'node' });
}, 30_000);
afterAll(() => gateway[Symbol.asyncDispose]());

function chat(model: string, key = apiKey, maxRetries = 0) {
  const configuration = { baseURL: `${gateway.url}/v1` };
  return new ChatOpenAI({ model, apiKey: key, configuration, maxRetries });
}

it.concurrent('answers whole, with usage', async () => {
  const answer = await chat('echo').invoke('Say hello.');
  expect(answer.text).toBe('Hello wörld');
  expect(answer.usage_metadata).toMatchObject({ input_tokens: 5, output_tokens: 2 });
});

it.concurrent('streams', async () => {
  const parts: string[] = [];
  for await (const chunk of await chat('echo').stream('Say hello.')) parts.push(chunk.text);
  expect(parts.join('')).toBe('Hello wörld');
});

it.concurrent('takes an abort to the worker', async () => {
  const controller = new AbortController();
  const answer = chat('silent:langchain').invoke('Say hello.', { signal: controller.signal });
  const logged = (event: string) =>
    gateway.logLine(event, (l) => l.event === event && l.model === 'silent:langchain');
  await logged('scripted-start');
  controller.abort();
  await expect(answer).rejects.toThrow(/abort/i);
  await logged('scripted-abort');
});

it.concurrent('throws for our errors, with their status', async () => {
  await expect(chat('echo', 'wrong').invoke('Say hello.')).rejects.toMatchObject({ status: 401 });
  await expect(chat('fail:RPC_NO_WORKER').invoke('Say hello.')).rejects.toMatchObject({ status: 503 });
});

const weather = {
  type: 'function' as const,
  function: {
    name: 'weather',
    description: 'Says how it is.',
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
  },
};

it.concurrent('calls bound tools and goes on with what they gave', async () => {
  const bound = chat('calls').bindTools([weather]);
  const called = await bound.invoke('How is it?');
  expect(called.tool_calls).toMatchObject([{ name: 'weather', args: { city: 'Rome' } }]);
  const id = called.tool_calls?.[0]?.id ?? '';
  const result = { role: 'tool', content: 'sun', tool_call_id: id };
  const answer = await bound.invoke([{ role: 'user', content: 'How is it?' }, called, result]);
  expect(answer.text).toBe('It gave sun.');
});

it.concurrent('puts calls of a stream together', async () => {
  let arguments_ = '';
  const names: string[] = [];
  const bound = chat('calls').bindTools([weather], { tool_choice: 'weather' });
  for await (const { tool_call_chunks: chunks = [] } of await bound.stream('How is it?')) {
    for (const { name, args } of chunks) {
      if (name) names.push(name);
      arguments_ += args ?? '';
    }
  }
  expect([names, arguments_]).toEqual([['weather'], '{"city":"Rome"}']);
});

it.concurrent.each(['jsonSchema', 'functionCalling'] as const)(
  'gives structured output by %s',
  async (method) => {
    const structured = chat('calls').withStructuredOutput(z.object({ city: z.string() }), { method });
    expect(await structured.invoke('Where?')).toEqual({ city: 'Rome' });
  },
);

it.concurrent('retries by itself', async () => {
  const answer = await chat('fail-once:RPC_OVERLOADED/langchain', apiKey, 2).invoke('Say hello.');
  expect(answer.text).toBe('at last');
});
