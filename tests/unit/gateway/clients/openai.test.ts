/** OpenAI's own SDK beyond plain answers: calls, structured output, its errors, and what it retries by itself. */

import OpenAI, {
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { apiKey, type ServingGateway, startGateway } from '../gateway-program.ts';

let gateway: ServingGateway;
// Each test makes requests of its own, so their waits may run side by side.
beforeAll(async () => {
  gateway = await startGateway({ runtime: 'node' });
}, 30_000);
afterAll(() => gateway[Symbol.asyncDispose]());

function client(changes: object = {}): OpenAI {
  return new OpenAI({ apiKey, baseURL: `${gateway.url}/v1`, maxRetries: 0, ...changes });
}

const messages = [{ role: 'user' as const, content: 'How is it?' }];
const city = z.object({ city: z.string() });

function runnable(name: string, asked: string[]) {
  return {
    type: 'function' as const,
    function: {
      name,
      description: 'Says how it is.',
      parameters: { type: 'object', properties: { city: { type: 'string' } } },
      parse: (text: string) => city.parse(JSON.parse(text)),
      function: (given: z.infer<typeof city>) => {
        asked.push(`${name} ${given.city}`);
        return `${name} sun`;
      },
    },
  };
}

describe('calls', () => {
  it.concurrent('are run and answered by runTools', async () => {
    const asked: string[] = [];
    const runner = client().chat.completions.runTools({
      model: 'calls',
      messages,
      tools: [runnable('f', asked), runnable('g', asked)],
    });
    expect(await runner.finalContent()).toBe('It gave f sun and g sun.');
    expect(asked.toSorted()).toEqual(['f Rome', 'g Rome']);
  });

  it.concurrent('are run and answered by runTools from a stream', async () => {
    const asked: string[] = [];
    const runner = client().chat.completions.runTools({
      model: 'calls',
      messages,
      stream: true,
      tools: [runnable('f', asked)],
      tool_choice: 'auto',
    });
    expect(await runner.finalContent()).toBe('It gave f sun.');
    expect(asked).toEqual(['f Rome']);
  });

  it.concurrent('are put together by the stream helper', async () => {
    const stream = client().chat.completions.stream({
      model: 'calls',
      messages,
      tools: [{ type: 'function', function: { name: 'f', parameters: {} } }],
      tool_choice: { type: 'function', function: { name: 'f' } },
    });
    const { choices } = await stream.finalChatCompletion();
    expect(choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { tool_calls: [{ function: { name: 'f', arguments: '{"city":"Rome"}' } }] },
    });
  });
});

it.concurrent('parses structured output', async () => {
  const { choices } = await client().chat.completions.parse({
    model: 'calls',
    messages,
    response_format: zodResponseFormat(city, 'city'),
  });
  expect(choices[0]?.message.parsed).toEqual({ city: 'Rome' });
});

describe('errors', () => {
  const ask = (model: string, fields: object = {}, changes: object = {}) =>
    client(changes).chat.completions.create({ model, messages, ...fields });

  it.concurrent.each([
    ['a wrong key', 'echo', {}, { apiKey: 'wrong' }, AuthenticationError, 401, 'invalid_api_key', null],
    ['an unknown model', 'none', {}, {}, NotFoundError, 404, 'model_not_found', 'model'],
    ['a bad field', 'echo', { temperature: 9 }, {}, BadRequestError, 400, 'invalid_value', 'temperature'],
    ['busy workers', 'fail:RPC_WORKER_BUSY', {}, {}, RateLimitError, 429, 'workers_busy', null],
    ['a lost worker', 'fail:RPC_WORKER_LOST', {}, {}, InternalServerError, 502, 'worker_lost', null],
    ['no worker', 'fail:RPC_NO_WORKER', {}, {}, InternalServerError, 503, 'no_worker', null],
  ])(
    'of %s have their class, code and param',
    async (_, model, fields, changes, kind, status, code, param) => {
      const error = await ask(model, fields, changes).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(kind);
      expect(error).toMatchObject({
        status,
        code,
        param,
        requestID: expect.stringMatching(/^[0-9a-f]{32}$/),
      });
    },
  );

  it.concurrent('name the function whose schema a worker refuses', async () => {
    const error = await ask('schema-refused').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ status: 400, code: 'request_refused', param: 'tools[1]' });
  });

  it.concurrent('in the middle of a stream end it, and are not retried', async () => {
    const open = async () => {
      const stream = client({ maxRetries: 2 }).chat.completions.stream({
        model: 'fail-after:RPC_WORKER_LOST',
        messages,
      });
      await stream.finalChatCompletion();
    };
    await expect(open()).rejects.toMatchObject({ code: 'worker_lost' });
    await logged('request', 'fail-after:RPC_WORKER_LOST');
    expect(startsOf('fail-after:RPC_WORKER_LOST')).toBe(1);
  });
});

function logged(event: string, model: string) {
  return gateway.logLine(event, (line) => line.event === event && line.model === model);
}

function startsOf(model: string): number {
  return gateway.logLines.filter((line) => line.event === 'scripted-start' && line.model === model).length;
}

describe('retries of the SDK itself', () => {
  const create = (model: string, stream: boolean) =>
    client({ maxRetries: 2 }).chat.completions.create({ model, messages, stream });

  it.concurrent.each([
    ['RPC_WORKER_BUSY', false],
    ['RPC_OVERLOADED', true],
    ['RPC_WORKER_LOST', false],
    ['RPC_NO_WORKER', true],
  ])('come after %s when we say, stream: %s, and make one answer', async (code, stream) => {
    const model = `fail-once:${code}/sdk`;
    await create(model, stream);
    // What the program logs comes by another way than its answer.
    await vi.waitFor(() => expect(startsOf(model)).toBe(2));
  });

  it.concurrent('under an idempotency key make the answer that others with the key get', async () => {
    const defaultHeaders = { 'idempotency-key': 'retried-by-the-sdk' };
    const model = 'fail-once:RPC_WORKER_LOST/key';
    const ask = () =>
      client({ maxRetries: 2, defaultHeaders }).chat.completions.create({ model, messages }).withResponse();
    const [first, again] = [await ask(), await ask()];
    expect(again.data).toEqual(first.data);
    expect(again.response.headers.get('idempotency-replayed')).toBe('true');
    await vi.waitFor(() => expect(startsOf(model)).toBe(2));
  });

  it.concurrent('do not come after a request that a worker refuses', async () => {
    const model = 'schema-refused:retried';
    await expect(create(model, false)).rejects.toThrow();
    await create('echo', false);
    await logged('scripted-end', 'echo');
    expect(startsOf(model)).toBe(1);
  });
});

it.concurrent('takes an abort to the worker', async () => {
  const controller = new AbortController();
  const answer = client().chat.completions.create(
    { model: 'silent:openai', messages },
    { signal: controller.signal },
  );
  await logged('scripted-start', 'silent:openai');
  controller.abort();
  await expect(answer).rejects.toThrow(APIUserAbortError);
  await logged('scripted-abort', 'silent:openai');
});
