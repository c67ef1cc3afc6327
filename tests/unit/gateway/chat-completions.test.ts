import OpenAI, { APIError } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiKey, authorization, runtimes, type ServingGateway, startGateway } from './gateway-program.ts';
import { eventsOf, greeting, postChat } from './http-exchange.ts';
import { expectShape } from './openai-schema.ts';

const messages = [{ role: 'user' as const, content: 'Say hello.' }];

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

  async function streamEvents(model: string, options: object = {}) {
    const response = await postChat(gateway, { body: { ...greeting, ...options, model, stream: true } });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const text = await response.text();
    expect(text.endsWith('\n\n')).toBe(true);
    return eventsOf(text);
  }

  function chunksOf(events: readonly string[]): readonly OpenAI.ChatCompletionChunk[] {
    return events
      .filter((event) => event.startsWith('data: {'))
      .map((event) => JSON.parse(event.slice('data: '.length)));
  }

  it('gives the official SDK a whole answer', async () => {
    const answer = await openai.chat.completions.create({ model: 'echo', messages });
    expectShape('CreateChatCompletionResponse', { ...answer });
    expect(answer.choices).toEqual([
      {
        index: 0,
        message: { role: 'assistant', content: 'Hello wörld', refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ]);
    expect(answer.usage).toEqual({ prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 });
    expect(answer).toMatchObject({ object: 'chat.completion', model: 'echo' });
    expect(answer.id).toMatch(/^chatcmpl-[0-9a-f]{32}$/);
    expect(Math.abs(answer.created - Date.now() / 1000)).toBeLessThan(60);
  });

  it('streams to the official SDK', async () => {
    const stream = await openai.chat.completions.create({ model: 'echo', messages, stream: true });
    const chunks = await collect(stream);
    for (const chunk of chunks) expectShape('CreateChatCompletionStreamResponse', chunk);
    expect(chunks.map(({ choices }) => choices[0]?.delta)).toEqual([
      { role: 'assistant', content: '' },
      { content: 'Hello' },
      { content: ' wörld' },
      {},
    ]);
    expect(chunks.map(({ choices }) => choices[0]?.finish_reason)).toEqual([null, null, null, 'stop']);
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    expect(chunks.every((chunk) => !('usage' in chunk))).toBe(true);
  });

  it('ends a stream with usage where it was asked for, then [DONE]', async () => {
    const events = await streamEvents('long', { stream_options: { include_usage: true } });
    expect(events.at(-1)).toBe('data: [DONE]');
    const chunks = chunksOf(events);
    for (const chunk of chunks) expectShape('CreateChatCompletionStreamResponse', chunk);
    expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 },
    });
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('length');
  });

  const likelyContent = [
    {
      token: 'Hé',
      logprob: -0.25,
      bytes: [0x48, 0xc3, 0xa9],
      top_logprobs: [{ token: 'Hé', logprob: -0.25, bytes: [0x48, 0xc3, 0xa9] }],
    },
    { token: '\u{fffd}', logprob: -2, bytes: [0xf0, 0x9f], top_logprobs: [] },
    { token: '\u{fffd}', logprob: -0.5, bytes: [0x98, 0x80], top_logprobs: [] },
  ];

  it('gives log probabilities where they were asked for', async () => {
    const options = { model: 'likely', messages, logprobs: true, top_logprobs: 1 };
    const answer = await openai.chat.completions.create(options);
    expectShape('CreateChatCompletionResponse', { ...answer });
    expect(answer.choices[0]?.logprobs).toEqual({ content: likelyContent, refusal: null });
    const stream = await openai.chat.completions.create({ ...options, stream: true });
    const chunks = await collect(stream);
    for (const chunk of chunks) expectShape('CreateChatCompletionStreamResponse', chunk);
    const choices = chunks.flatMap((chunk) => chunk.choices);
    expect(choices.flatMap(({ logprobs }) => logprobs?.content ?? [])).toEqual(likelyContent);
    // A token that is half a character brings no text, and is told all the same.
    expect(choices.map(({ delta }) => delta.content)).toEqual(['', 'Hé', '', '😀', undefined]);
    const silent = await openai.chat.completions.create({ model: 'likely', messages });
    expect(silent.choices[0]?.logprobs).toBeNull();
  });

  it('gives several choices, each with a seed of its own', async () => {
    const answer = await openai.chat.completions.create({ model: 'numbered', messages, n: 3, seed: 7 });
    expectShape('CreateChatCompletionResponse', { ...answer });
    expect(
      answer.choices.map(({ index, message, finish_reason }) => [index, message.content, finish_reason]),
    ).toEqual([
      [0, 'choice 0 of seed 7', 'stop'],
      [1, 'choice 1 of seed 8', 'length'],
      [2, 'choice 2 of seed 9', 'length'],
    ]);
    expect(answer.usage).toEqual({
      prompt_tokens: 5,
      completion_tokens: 6,
      total_tokens: 11,
      prompt_tokens_details: { cached_tokens: 2 },
    });
  });

  it('streams several choices side by side', async () => {
    const events = await streamEvents('numbered', { n: 2, seed: 1, stream_options: { include_usage: true } });
    expect(events.at(-1)).toBe('data: [DONE]');
    const chunks = chunksOf(events);
    for (const chunk of chunks) expectShape('CreateChatCompletionStreamResponse', chunk);
    const choices = chunks.flatMap((chunk) => chunk.choices);
    for (const index of [0, 1]) {
      const own = choices.filter((choice) => choice.index === index);
      expect(own[0]?.delta).toEqual({ role: 'assistant', content: '' });
      expect(own.map(({ delta }) => delta.content ?? '').join('')).toBe(
        `choice ${index} of seed ${1 + index}`,
      );
      expect(own.map(({ finish_reason }) => finish_reason).filter((reason) => reason !== null)).toEqual([
        index === 0 ? 'stop' : 'length',
      ]);
    }
    // Neither waits for the other's end.
    expect(choices.slice(2, 4).map(({ index }) => index)).toEqual([0, 1]);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 5, completion_tokens: 4 } });
  });

  it.each([false, true])('fails as a whole where one of several choices does, stream: %s', async (stream) => {
    const body = { ...greeting, model: 'one-fails:RPC_WORKER_LOST', n: 3, stream };
    const response = await postChat(gateway, { body });
    const text = await response.text();
    expect(response.status).toBe(stream ? 200 : 502);
    const last = JSON.parse(stream ? (eventsOf(text).at(-1) ?? '').slice('data: '.length) : text);
    expectShape('ErrorResponse', last);
    expect(last.error.code).toBe('worker_lost');
    expect(text).not.toMatch(/\[DONE\]|"finish_reason":"/);
  });

  it.each([
    ['fail-after:RPC_WORKER_LOST', 'worker_lost'],
    ['fail-after:RPC_DEADLINE_EXCEEDED', 'deadline_exceeded'],
    ['fail-after:RPC_CONSUMER_TOO_SLOW', 'client_too_slow'],
    ['error-frame', 'generation_failed'],
    ['cut', 'worker_lost'],
    ['late-fail:RPC_NO_WORKER', 'no_worker'],
    ['late-fail:OTHER', 'internal_error'],
    ['stalled', 'deadline_exceeded'],
  ])('ends a stream that %s breaks with an error alone', async (model, code) => {
    const events = await streamEvents(model);
    const last = JSON.parse((events.at(-1) ?? '').slice('data: '.length));
    expectShape('ErrorResponse', last);
    expect(last.error.code).toBe(code);
    expect(events.join()).not.toMatch(/\[DONE\]|"finish_reason":"|worker-7/);
  });

  it('makes the official SDK throw where an answer breaks off', async () => {
    const stream = await openai.chat.completions.create({ model: 'cut', messages, stream: true });
    await expect(collect(stream)).rejects.toThrow(APIError);
  });

  it('keeps a silent stream open with comments between events', async () => {
    const events = await streamEvents('paused');
    expect(events.filter((event) => event === ': keep-alive').length).toBeGreaterThanOrEqual(1);
    expect(events.every((event) => /^(data: .+|: keep-alive)$/.test(event))).toBe(true);
    expect(events.at(-1)).toBe('data: [DONE]');
  });

  it('starts a stream without its first token where that is late', async () => {
    const events = await streamEvents('late');
    expect(events[1]).toBe(': keep-alive');
    expect(chunksOf(events).map(({ choices }) => choices[0]?.delta.content)).toEqual([
      '',
      'at last',
      undefined,
    ]);
  });

  it('asks the worker for what the request says', async () => {
    const before = Date.now();
    const answer = await inspect({
      messages: [
        { role: 'developer', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Say ' },
            { type: 'text', text: 'hello.' },
          ],
        },
        { role: 'assistant', content: '' },
        { role: 'user', content: 'And now?', name: 'somebody' },
      ],
      max_completion_tokens: 7,
      temperature: 0,
      top_p: 0.5,
      seed: 42,
      stop: 'END',
      user: 'ignored',
    });
    expect(answer).toEqual({
      requestId: expect.stringMatching(/^[0-9a-f]{32}$/),
      model: 'inspect',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Sayhello.' },
        { role: 'assistant', content: '' },
        { role: 'user', content: 'And now?' },
      ],
      sampling: { maxTokens: 7, temperature: 0, topP: 0.5, seed: 42, stop: ['END'] },
      deadlineUnixMs: expect.any(Number),
    });
    expect(answer.deadlineUnixMs - before).toBeGreaterThanOrEqual(3000);
    expect(answer.deadlineUnixMs - Date.now()).toBeLessThanOrEqual(3000);
  });

  it('asks for OpenAI defaults where the request says nothing', async () => {
    const { sampling } = await inspect({ temperature: null, stop: null, max_tokens: null });
    expect(sampling).toEqual({ maxTokens: 1024, temperature: 1, topP: 1, stop: [] });
  });

  it('never gives a worker the request id of a client', async () => {
    const { requestId } = await inspect({}, { 'x-request-id': 'mine' });
    expect(requestId).not.toBe('mine');
  });

  async function inspect(options: object, headers: Record<string, string> = {}) {
    const response = await postChat(gateway, {
      body: { ...greeting, ...options, model: 'inspect' },
      headers,
    });
    const answer = (await response.json()) as OpenAI.ChatCompletion;
    return JSON.parse(answer.choices[0]?.message.content ?? '');
  }

  it('lists models and finds one whose name has a slash', async () => {
    const page = await openai.models.list();
    expectShape('ListModelsResponse', { object: 'list', data: page.data });
    expect(page.data.map(({ id }) => id)).toEqual(['echo', 'family/echo']);
    expect((await openai.models.retrieve('family/echo')).id).toBe('family/echo');
    const plain = await fetch(`${gateway.url}/v1/models/family/echo`, { headers: { authorization } });
    expectShape('Model', await plain.json());
    await expect(openai.models.retrieve('family')).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
      param: 'model',
    });
  });

  it.each([
    ['req-1_A.b', true],
    ['x'.repeat(128), true],
    ['x'.repeat(129), false],
    ['a b', false],
    ['<script>', false],
    ['ü', false],
    ['', false],
  ])('takes the request id "%s": %s', async (sent, isTaken) => {
    const response = await fetch(`${gateway.url}/livez`, { headers: { 'x-request-id': sent } });
    const answered = response.headers.get('x-request-id');
    if (isTaken) expect(answered).toBe(sent);
    else expect(answered).toMatch(/^[0-9a-f]{32}$/);
  });

  it('is alive, and ready with a worker', async () => {
    const [alive, ready] = await Promise.all([fetch(`${gateway.url}/livez`), fetch(`${gateway.url}/readyz`)]);
    expect([alive.status, await alive.json()]).toEqual([200, { status: 'alive' }]);
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready' }]);
  });

  it('is alive but not ready without a worker, and says so to a request', async () => {
    await using idle = await startGateway({ runtime, environment: { SCRIPTED_WORKERS: '0' } });
    const ready = await fetch(`${idle.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'waiting for a worker' }]);
    expect((await fetch(`${idle.url}/livez`)).status).toBe(200);
    const answer = await postChat(idle, { body: { ...greeting, model: 'any' } });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
  });
});
