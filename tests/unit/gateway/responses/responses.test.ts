import OpenAI, { APIError } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiKey, runtimes, type ServingGateway, startGateway } from '../gateway-program.ts';
import { post } from '../http-exchange.ts';
import { expectShape } from '../openai-schema.ts';
import { streamedEvents } from './response-stream.ts';

const input = 'Say hello.';

async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

// Each test makes requests of its own, so their waits may run side by side.
describe.concurrent.each(runtimes)('on %s', (runtime) => {
  let gateway: ServingGateway;
  let openai: OpenAI;
  beforeAll(async () => {
    gateway = await startGateway({ runtime, limits: { heartbeatMs: 150, requestMs: 3000 } });
    openai = new OpenAI({ apiKey, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
  }, 30_000);
  afterAll(() => gateway[Symbol.asyncDispose]());

  it('gives the official SDK a whole response', async () => {
    const { output_text, ...answer } = await openai.responses.create({
      model: 'echo',
      input,
      instructions: 'Be kind.',
      max_output_tokens: 20,
      metadata: { purpose: 'a test' },
    });
    expectShape('Response', answer);
    expect(output_text).toBe('Hello wörld');
    expect(answer).toMatchObject({
      object: 'response',
      model: 'echo',
      status: 'completed',
      error: null,
      incomplete_details: null,
      instructions: 'Be kind.',
      max_output_tokens: 20,
      metadata: { purpose: 'a test' },
      previous_response_id: null,
      store: false,
      temperature: 1,
      text: { format: { type: 'text' } },
      tools: [],
      usage: { input_tokens: 5, output_tokens: 2, total_tokens: 7 },
    });
    expect(answer.id).toMatch(/^resp_[0-9a-f]{32}$/);
    expect(Math.abs(answer.created_at - Date.now() / 1000)).toBeLessThan(60);
  });

  it('streams to the official SDK, in the order of events that it has', async () => {
    const stream = openai.responses.stream({ model: 'echo', input });
    const events = await collect(stream);
    expect(events.map(({ type }) => type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    const final = await stream.finalResponse();
    expect(final.output_text).toBe('Hello wörld');
    expect(final.usage?.total_tokens).toBe(7);
  });

  it('throws at the official SDK where an answer breaks off', async () => {
    const stream = await openai.responses.create({
      model: 'fail-after:RPC_WORKER_LOST',
      input,
      stream: true,
    });
    const types: string[] = [];
    const broken = (async () => {
      for await (const { type } of stream) types.push(type);
    })();
    await expect(broken).rejects.toMatchObject({ code: 'worker_lost' });
    await expect(broken).rejects.toBeInstanceOf(APIError);
    expect(types.at(-1)).toBe('response.failed');
  });

  it('keeps a silent stream open with comments between events', async () => {
    const body = { model: 'paused:400', input, stream: true };
    const response = await post(gateway, { path: '/v1/responses', body });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const text = await response.text();
    expect(text).toContain('\n\n: keep-alive\n\n');
    expect(streamedEvents(text).at(-1)?.type).toBe('response.completed');
  });

  it.each([
    { title: 'before anything is there', model: 'silent:response', isStream: false },
    { title: 'in the middle of a stream', model: 'stalled:response', isStream: true },
  ])('tells the worker when the client leaves: $title', async ({ model, isStream }) => {
    const logged = (event: string) =>
      gateway.logLine(`${event} of ${model}`, (line) => line.event === event && line.model === model);
    const leaving = new AbortController();
    const asked = openai.responses.create({ model, input, stream: isStream }, { signal: leaving.signal });
    asked.catch(() => {});
    await logged('scripted-start');
    leaving.abort();
    await logged('scripted-abort');
    await logged('scripted-end');
  });
});
