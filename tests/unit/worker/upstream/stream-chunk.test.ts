import { expect, test } from 'vitest';
import { parseChunk } from '../../../../src/worker/upstream/stream-chunk.ts';
import { thrown } from '../thrown.ts';

const parse = (value: unknown, logprobs?: number) => parseChunk(JSON.stringify(value), { logprobs });
const choice = (value: Record<string, unknown>) => ({ choices: [{ index: 0, ...value }] });

test('reads the chunks of every dialect as one shape', () => {
  expect(
    parse({
      ...choice({ delta: { content: 'a' }, token_ids: [5, 6], finish_reason: 'stop', stop_reason: 106 }),
      usage: { prompt_tokens: 3, completion_tokens: 2 },
    }),
  ).toEqual({
    text: 'a',
    ids: [5, 6],
    completionTokens: 2,
    promptTokens: 3,
    finishReason: 'stop',
    endId: 106,
  });
  expect(
    parse({
      ...choice({ text: 'b', logprobs: null, finish_reason: null }),
      timings: { cache_n: 8, prompt_n: 5, predicted_n: 1 },
    }),
  ).toEqual({ text: 'b', completionTokens: 1, promptTokens: 13, cachedTokens: 8 });
  expect(parse(choice({ delta: { content: 'c' }, matched_stop: '\n', finish_reason: 'stop' }))).toEqual({
    text: 'c',
    finishReason: 'stop',
  });
  expect(parse({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } })).toEqual({
    text: '',
    completionTokens: 2,
    promptTokens: 3,
  });
});

test('reads log probabilities that come as a list of tokens', () => {
  const entry = (token: string, logprob: number, id?: number) => ({
    ...(id === undefined ? {} : { id }),
    token,
    bytes: [...Buffer.from(token)],
    logprob,
  });
  const content = [{ ...entry('é', -1, 7), top_logprobs: [entry('x', -3, 8), entry('é', -1, 7)] }];
  const é = { text: 'é', bytes: [0xc3, 0xa9], logprob: -1 };
  const x = { text: 'x', bytes: [0x78], logprob: -3 };
  const chunk = choice({ text: 'é', logprobs: { content } });
  expect(parse(chunk, 2)).toEqual({ text: 'é', ids: [7], logprobs: [{ ...é, top: [é, x] }] });
  expect(parse(chunk, 1).logprobs).toEqual([{ ...é, top: [é] }]);
  expect(parse(chunk, 0).logprobs).toEqual([{ ...é, top: [] }]);
  expect(parse(chunk)).toEqual({ text: 'é' });
  const without = [{ token: 'é', bytes: null, logprob: -1, top_logprobs: [] }];
  expect(parse(choice({ delta: { content: 'é' }, logprobs: { content: without } }), 1)).toEqual({
    text: 'é',
    logprobs: [{ ...é, top: [] }],
  });
});

test('finds the text of a token that llama-server blanks', () => {
  const held = { id: 236787, token: ':', bytes: [58], logprob: -0.5 };
  const content = [{ ...held, token: '', bytes: [], top_logprobs: [held] }];
  expect(parse(choice({ text: '', logprobs: { content } }), 1).logprobs?.[0]).toMatchObject({
    text: ':',
    bytes: [58],
  });
});

test('reads log probabilities that come as parallel lists', () => {
  const logprobs = {
    tokens: ['a', '\ud83d'],
    token_logprobs: [-1, null],
    top_logprobs: [{ b: -2, a: -1 }, null],
  };
  const bytes = [...Buffer.from('\ufffd')];
  expect(parse(choice({ text: 'a', logprobs }), 2).logprobs).toEqual([
    {
      text: 'a',
      bytes: [97],
      logprob: -1,
      top: [
        { text: 'a', bytes: [97], logprob: -1 },
        { text: 'b', bytes: [98], logprob: -2 },
      ],
    },
    { text: '\ufffd', bytes, logprob: -9999, top: [] },
  ]);
});

test.each<[string, unknown, string, RegExp]>([
  [
    'an error',
    { error: { message: 'secret', type: 'InternalServerError', code: 500 } },
    'RPC_GENERATION_FAILED',
    /500 \(InternalServerError\)/,
  ],
  [
    'a bad request',
    { error: { message: 'secret', type: 'BadRequestError', code: 400 } },
    'RPC_REQUEST_INVALID',
    /400 \(BadRequestError\)/,
  ],
  ['an error without a code', { error: 'secret' }, 'RPC_GENERATION_FAILED', /it answered 500/],
  [
    'a type that may be text',
    { error: { type: 'secret words', code: 400 } },
    'RPC_REQUEST_INVALID',
    /refuses the request, 400;/,
  ],
  [
    'a call of a tool',
    choice({ delta: { tool_calls: [{ index: 0, function: { name: 'secret' } }] } }),
    'RPC_GENERATION_FAILED',
    /a call of a tool/,
  ],
  [
    'reasoning',
    choice({ delta: { reasoning_content: 'secret' } }),
    'RPC_GENERATION_FAILED',
    /reasoning apart/,
  ],
  ['a refusal', choice({ delta: { refusal: 'secret' } }), 'RPC_GENERATION_FAILED', /a refusal apart/],
  [
    'two choices',
    { choices: [{ text: 'secret' }, { text: 'b' }] },
    'RPC_GENERATION_FAILED',
    /no part of a completion/,
  ],
  ['something else', { secret: 1 }, 'RPC_GENERATION_FAILED', /no part of a completion/],
  ['null', null, 'RPC_GENERATION_FAILED', /no part of a completion/],
])('refuses %s', (_, value, code, reason) => {
  const error = thrown(() => parse(value));
  expect(error.code).toBe(code);
  expect(error.message).toMatch(reason);
  expect(error.message).not.toContain('secret');
});

test('refuses what is not JSON without quoting it', () => {
  const error = thrown(() => parseChunk('{"secret', {}));
  expect(error.message).toMatch(/an event that is not JSON/);
  expect(String(error.cause)).not.toContain('secret');
});
