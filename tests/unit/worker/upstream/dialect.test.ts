import { expect, test } from 'vitest';
import type { Sampling } from '../../../../src/rpc/contract/generate.ts';
import { callOf, type DialectName } from '../../../../src/worker/upstream/dialect.ts';
import { thrown } from '../thrown.ts';
import { type RequestChanges, requestOf } from './upstream-model.ts';

const options = { upstreamModel: 'org/g', contextTokensMax: 4096 };
const schema = { type: 'object', properties: { a: { type: 'integer' } } };
const openaiSchema = { type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } };

const common: Partial<Sampling> = {
  maxTokens: 7,
  temperature: 0.5,
  topP: 0.9,
  logitBias: [{ id: 5, bias: -3 }],
  frequencyPenalty: 0.1,
  presencePenalty: 0.2,
  seed: 2 ** 32 - 1,
  stop: ['END'],
  logprobs: 0,
  responseFormat: { type: 'json_schema', schema: JSON.stringify(schema) },
};
const extra: Partial<Sampling> = { topK: 40, minP: 0.05, repetitionPenalty: 1.1 };

const bodyOf = (dialect: DialectName, changes: RequestChanges) =>
  callOf(requestOf(changes), dialect, options).body;

const everywhere = {
  model: 'org/g',
  stream: true,
  max_tokens: 7,
  temperature: 0.5,
  top_p: 0.9,
  frequency_penalty: 0.1,
  presence_penalty: 0.2,
};
const messages = [{ role: 'user', content: 'secret words' }];
const likeOpenai = {
  logit_bias: { 5: -3 },
  seed: 2 ** 32 - 1,
  logprobs: true,
  top_logprobs: 0,
  response_format: openaiSchema,
};
const likeVllm = {
  top_k: 40,
  min_p: 0.05,
  repetition_penalty: 1.1,
  stop_token_ids: [7],
  return_token_ids: true,
  stream_options: { include_usage: true, continuous_usage_stats: true },
};

test.each<[DialectName, RequestChanges, Record<string, unknown>]>([
  [
    'vllm',
    { sampling: { ...common, ...extra, stopIds: [7] }, priority: 3 },
    { ...likeOpenai, ...likeVllm, priority: -3 },
  ],
  [
    'sglang',
    { sampling: { ...common, ...extra, stopIds: [7] }, priority: 3 },
    { ...likeOpenai, ...likeVllm, priority: 3 },
  ],
  [
    'llama-server',
    { sampling: { ...common, ...extra } },
    {
      stream_options: { include_usage: true },
      samplers: ['penalties', 'temperature', 'top_k', 'top_p', 'min_p'],
      top_k: 40,
      min_p: 0.05,
      repeat_penalty: 1.1,
      repeat_last_n: 4096,
      logit_bias: [[5, -3]],
      seed: 0,
      n_probs: 1,
      response_format: openaiSchema,
      timings_per_token: true,
    },
  ],
  ['openai', { sampling: common }, { ...likeOpenai, stream_options: { include_usage: true }, stop: ['END'] }],
])('gives %s every setting under its own name', (dialect, changes, own) => {
  expect(bodyOf(dialect, changes)).toEqual({ ...everywhere, messages, ...own });
});

test.each<[DialectName, Record<string, unknown>]>([
  ['vllm', { top_k: -1, min_p: 0, repetition_penalty: 1, stop_token_ids: [] }],
  ['sglang', { top_k: -1, min_p: 0, repetition_penalty: 1, stop_token_ids: [] }],
  ['llama-server', { top_k: 0, min_p: 0, repeat_penalty: 1 }],
])('names the settings that a request leaves out, so that no default of %s acts', (dialect, neutral) => {
  const body = bodyOf(dialect, {});
  expect(body).toMatchObject({ ...neutral, frequency_penalty: 0, presence_penalty: 0 });
  for (const absent of ['seed', 'logit_bias', 'logprobs', 'n_probs', 'response_format', 'priority', 'stop']) {
    expect(body).not.toHaveProperty(absent);
  }
});

test.each<[DialectName, Record<string, unknown>]>([
  ['vllm', { logprobs: 2, response_format: openaiSchema }],
  ['sglang', { logprobs: 2, response_format: openaiSchema }],
  // Its /v1/completions passes over `response_format`.
  ['llama-server', { n_probs: 2, json_schema: schema }],
])('asks %s to continue a prompt', (dialect, own) => {
  const sampling = { logprobs: 2, responseFormat: common.responseFormat };
  const { path, body } = callOf(requestOf({ messages: [], prompt: 'Once', sampling }), dialect, options);
  expect(path).toBe('/v1/completions');
  expect(body).toMatchObject({ prompt: 'Once', ...own });
  expect(body).not.toHaveProperty('messages');
});

test('binds llama-server to an object, which its json_object alone does not', () => {
  const sampling: Partial<Sampling> = { responseFormat: { type: 'json_object' } };
  expect(bodyOf('llama-server', { sampling }).response_format).toMatchObject({
    json_schema: { schema: { type: 'object' } },
  });
  expect(bodyOf('llama-server', { prompt: 'a', sampling }).json_schema).toEqual({ type: 'object' });
  expect(bodyOf('vllm', { sampling }).response_format).toEqual({ type: 'json_object' });
});

test.each<[DialectName, string, RequestChanges]>([
  ['openai', 'topK', { sampling: { topK: 1 } }],
  ['openai', 'minP', { sampling: { minP: 0.1 } }],
  ['openai', 'repetitionPenalty', { sampling: { repetitionPenalty: 1.1 } }],
  ['openai', 'stopIds', { sampling: { stopIds: [1] } }],
  ['openai', 'priority', { priority: -1 }],
  [
    'openai',
    'responseFormat of a prompt',
    { prompt: 'a', sampling: { responseFormat: { type: 'json_object' } } },
  ],
  ['llama-server', 'stopIds', { sampling: { stopIds: [1] } }],
  ['llama-server', 'priority', { priority: 1 }],
])('has %s refuse %s by its name', (dialect, field, changes) => {
  const error = thrown(() => bodyOf(dialect, changes));
  expect(error.code).toBe('RPC_REQUEST_INVALID');
  expect(error.message).toContain(`which has no ${field}; leave it out`);
});

test('takes settings that change nothing for absent', () => {
  const sampling = { minP: 0, repetitionPenalty: 1, stopIds: [] };
  expect(bodyOf('openai', { sampling, priority: 0 })).toEqual(bodyOf('openai', {}));
});
