/** LangChain for JavaScript, unchanged, against the gateway. */

import { ChatOpenAI } from '@langchain/openai';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { apiKey, type ServingGateway, startGateway } from '../gateway-program.ts';

let gateway: ServingGateway;
beforeAll(async () => {
  gateway = await startGateway({ runtime: 'node' });
}, 30_000);
afterAll(() => gateway[Symbol.asyncDispose]());

function chat(model: string, key = apiKey) {
  const configuration = { baseURL: `${gateway.url}/v1` };
  return new ChatOpenAI({ model, apiKey: key, configuration, maxRetries: 0 });
}

it('answers whole, with usage', async () => {
  const answer = await chat('echo').invoke('Say hello.');
  expect(answer.text).toBe('Hello wörld');
  expect(answer.usage_metadata).toMatchObject({ input_tokens: 5, output_tokens: 2 });
});

it('streams', async () => {
  const parts: string[] = [];
  for await (const chunk of await chat('echo').stream('Say hello.')) parts.push(chunk.text);
  expect(parts.join('')).toBe('Hello wörld');
});

it('takes an abort to the worker', async () => {
  const controller = new AbortController();
  const answer = chat('silent:langchain').invoke('Say hello.', { signal: controller.signal });
  const logged = (event: string) =>
    gateway.logLine(event, (l) => l.event === event && l.model === 'silent:langchain');
  await logged('scripted-start');
  controller.abort();
  await expect(answer).rejects.toThrow(/abort/i);
  await logged('scripted-abort');
});

it('throws for our errors, with their status', async () => {
  await expect(chat('echo', 'wrong').invoke('Say hello.')).rejects.toMatchObject({ status: 401 });
  await expect(chat('fail:RPC_NO_WORKER').invoke('Say hello.')).rejects.toMatchObject({ status: 503 });
});
