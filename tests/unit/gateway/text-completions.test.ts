import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiKey, runtimes, type ServingGateway, startGateway } from './gateway-program.ts';
import { eventsOf, postText } from './http-exchange.ts';
import { expectShape } from './openai-schema.ts';

describe.concurrent.each(runtimes)('on %s', (runtime) => {
  let gateway: ServingGateway;
  let openai: OpenAI;
  beforeAll(async () => {
    gateway = await startGateway({ runtime, limits: { heartbeatMs: 150, requestMs: 3000 } });
    openai = new OpenAI({ apiKey, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
  }, 30_000);
  afterAll(() => gateway[Symbol.asyncDispose]());

  async function chunksOf(
    body: OpenAI.CompletionCreateParamsStreaming,
  ): Promise<readonly OpenAI.Completion[]> {
    const chunks: OpenAI.Completion[] = [];
    for await (const chunk of await openai.completions.create(body)) {
      expectShape('CreateCompletionStreamResponse', chunk);
      chunks.push(chunk);
    }
    return chunks;
  }

  it('gives the official SDK a whole answer', async () => {
    const answer = await openai.completions.create({ model: 'echo', prompt: 'Once' });
    expectShape('CreateCompletionResponse', { ...answer });
    expect(answer.choices).toEqual([
      { index: 0, text: 'Hello wörld', logprobs: null, finish_reason: 'stop' },
    ]);
    expect(answer.usage).toEqual({ prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 });
    expect(answer).toMatchObject({ object: 'text_completion', model: 'echo' });
    expect(answer.id).toMatch(/^cmpl-[0-9a-f]{32}$/);
  });

  it('streams to the official SDK, with usage where it was asked for', async () => {
    const body = { model: 'echo', prompt: 'Once', stream: true } as const;
    const chunks = await chunksOf(body);
    expect(chunks.map(({ choices }) => choices[0]?.text)).toEqual(['Hello', ' wörld', '']);
    expect(chunks.map(({ choices }) => choices[0]?.finish_reason)).toEqual([null, null, 'stop']);
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    expect(chunks.every((chunk) => !('usage' in chunk))).toBe(true);
    const counted = await chunksOf({ ...body, stream_options: { include_usage: true } });
    expect(counted.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
    expect(counted.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 7 } });
  });

  const likely = {
    tokens: ['Hé', 'bytes:\\xf0\\x9f', 'bytes:\\x98\\x80'],
    token_logprobs: [-0.25, -2, -0.5],
    top_logprobs: [{ Hé: -0.25, A: -1.5 }, { 'bytes:\\xf0\\x9f': -2 }, { 'bytes:\\x98\\x80': -0.5 }],
    // Both halves of a character are where it is.
    text_offset: [0, 2, 2],
  };

  it('gives log probabilities where they were asked for', async () => {
    const body = { model: 'likely', prompt: 'Once', logprobs: 2 };
    const answer = await openai.completions.create(body);
    expectShape('CreateCompletionResponse', { ...answer });
    expect(answer.choices[0]?.logprobs).toEqual(likely);
    const parts = (await chunksOf({ ...body, stream: true }))
      .flatMap(({ choices }) => choices)
      .flatMap(({ logprobs }) => (logprobs ? [logprobs] : []));
    expect(parts.flatMap(({ tokens = [] }) => tokens)).toEqual(likely.tokens);
    expect(parts.flatMap(({ top_logprobs = [] }) => top_logprobs)).toEqual(likely.top_logprobs);
    expect(parts.flatMap(({ text_offset = [] }) => text_offset)).toEqual(likely.text_offset);
  });

  it('gives several choices', async () => {
    const body = { model: 'numbered', prompt: 'Once', n: 2, seed: 1 };
    const answer = await openai.completions.create(body);
    expectShape('CreateCompletionResponse', { ...answer });
    expect(answer.choices.map(({ text }) => text)).toEqual(['choice 0 of seed 1', 'choice 1 of seed 2']);
    const choices = (await chunksOf({ ...body, stream: true })).flatMap((chunk) => chunk.choices);
    for (const [index, { text }] of answer.choices.entries()) {
      const own = choices.filter((choice) => choice.index === index);
      expect(own.map((choice) => choice.text).join('')).toBe(text);
    }
  });

  it('asks the worker to continue the prompt', async () => {
    const { choices } = await openai.completions.create({ model: 'inspect', prompt: ['Once'], seed: 3 });
    expect(JSON.parse(choices[0]?.text ?? '')).toEqual({
      requestId: expect.stringMatching(/^[0-9a-f]{32}$/),
      model: 'inspect',
      messages: [],
      prompt: 'Once',
      sampling: { maxTokens: 16, temperature: 1, topP: 1, seed: 3, stop: [] },
      deadlineUnixMs: expect.any(Number),
    });
  });

  it('ends a stream that breaks with an error alone', async () => {
    const response = await postText(gateway, { body: { model: 'cut', prompt: 'Once', stream: true } });
    const events = eventsOf(await response.text());
    const last = JSON.parse((events.at(-1) ?? '').slice('data: '.length));
    expectShape('ErrorResponse', last);
    expect(last.error.code).toBe('worker_lost');
    expect(events.join()).not.toMatch(/\[DONE\]|"finish_reason":"/);
  });

  it('refuses what it cannot honour, by name', async () => {
    const body = { model: 'echo', prompt: 'Once', echo: true };
    const response = await postText(gateway, { body });
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { code: 'unsupported_parameter', param: 'echo' } },
    ]);
  });
});
