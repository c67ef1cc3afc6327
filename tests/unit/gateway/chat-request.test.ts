import { describe, expect, it } from 'vitest';
import { parseChatRequest } from '../../../src/gateway/chat-request.ts';
import { greeting } from './http-exchange.ts';
import { expectShape, requestFields } from './openai-schema.ts';
import { thrownBy } from './thrown-by.ts';

type Treatment = 'honoured' | 'without effect' | 'refused';

interface FieldRow {
  readonly field: string;
  readonly treatment: Treatment;
  /** Values that are taken. */
  readonly taken: readonly unknown[];
  /** Values that OpenAI describes and that are refused by the field's name. */
  readonly refused?: readonly unknown[];
}

// What becomes of each field of OpenAI's description.
const fields: readonly FieldRow[] = [
  { field: 'model', treatment: 'honoured', taken: ['echo'] },
  { field: 'messages', treatment: 'honoured', taken: [greeting.messages] },
  { field: 'max_tokens', treatment: 'honoured', taken: [1, 131_072] },
  { field: 'max_completion_tokens', treatment: 'honoured', taken: [1, null] },
  { field: 'temperature', treatment: 'honoured', taken: [0, 2, null] },
  { field: 'top_p', treatment: 'honoured', taken: [0, 0.5, 1] },
  { field: 'seed', treatment: 'honoured', taken: [0, 2 ** 53 - 1] },
  { field: 'stop', treatment: 'honoured', taken: ['a', ['a', 'b', 'c', 'd'], null] },
  { field: 'stream', treatment: 'honoured', taken: [true, false, null] },
  { field: 'stream_options', treatment: 'honoured', taken: [null] },
  { field: 'user', treatment: 'without effect', taken: ['u'] },
  { field: 'metadata', treatment: 'without effect', taken: [{ a: 'b' }] },
  { field: 'store', treatment: 'without effect', taken: [true, false] },
  { field: 'service_tier', treatment: 'without effect', taken: ['auto'] },
  { field: 'safety_identifier', treatment: 'without effect', taken: ['s'] },
  { field: 'prompt_cache_key', treatment: 'without effect', taken: ['k'] },
  { field: 'prompt_cache_retention', treatment: 'without effect', taken: ['24h'] },
  { field: 'prompt_cache_options', treatment: 'without effect', taken: [{}] },
  { field: 'parallel_tool_calls', treatment: 'honoured', taken: [true, false] },
  { field: 'prediction', treatment: 'without effect', taken: [{ type: 'content', content: 'x' }] },
  { field: 'n', treatment: 'honoured', taken: [1, 8, null] },
  { field: 'tools', treatment: 'honoured', taken: [[], [{ type: 'function', function: { name: 'f' } }]] },
  { field: 'tool_choice', treatment: 'honoured', taken: ['none', 'auto'] },
  { field: 'functions', treatment: 'refused', taken: [], refused: [[{ name: 'f' }]] },
  { field: 'function_call', treatment: 'refused', taken: ['none', 'auto'], refused: [{ name: 'f' }] },
  {
    field: 'response_format',
    treatment: 'honoured',
    taken: [
      { type: 'text' },
      { type: 'json_object' },
      { type: 'json_schema', json_schema: { name: 's', schema: { type: 'object' }, strict: true } },
    ],
  },
  { field: 'logprobs', treatment: 'honoured', taken: [false, true, null] },
  { field: 'top_logprobs', treatment: 'honoured', taken: [0] },
  { field: 'logit_bias', treatment: 'honoured', taken: [{}, null, { 1: 1, 4294967295: -100 }] },
  { field: 'presence_penalty', treatment: 'honoured', taken: [-2, 0, 2, null] },
  { field: 'frequency_penalty', treatment: 'honoured', taken: [-2, 0, 2, null] },
  { field: 'audio', treatment: 'refused', taken: [null], refused: [{ voice: 'alloy', format: 'wav' }] },
  { field: 'modalities', treatment: 'refused', taken: [['text']], refused: [['text', 'audio']] },
  { field: 'web_search_options', treatment: 'refused', taken: [], refused: [{}] },
  { field: 'moderation', treatment: 'refused', taken: [null], refused: [{ model: 'm' }] },
  { field: 'reasoning_effort', treatment: 'refused', taken: ['none', null], refused: ['low', 'high'] },
  { field: 'verbosity', treatment: 'refused', taken: ['medium', null], refused: ['low', 'high'] },
];

describe('every field of OpenAI', () => {
  it('has a row', () => {
    expect(
      requestFields('CreateChatCompletionRequest').filter(
        (name) => !fields.some(({ field }) => field === name),
      ),
    ).toEqual([]);
  });

  it.each(fields)('$field is $treatment', ({ field, treatment, taken, refused = [] }) => {
    const plain = parseChatRequest(greeting);
    for (const value of taken) {
      const body = { ...greeting, [field]: value };
      expectShape('CreateChatCompletionRequest', body);
      const parsed = parseChatRequest(body);
      if (treatment !== 'honoured') expect(parsed).toEqual(plain);
    }
    for (const value of refused) {
      const body = { ...greeting, [field]: value };
      expectShape('CreateChatCompletionRequest', body);
      expect(thrownBy(() => parseChatRequest(body))).toMatchObject({
        code: 'GATEWAY_PARAM_UNSUPPORTED',
        details: { param: field },
      });
    }
    expect(refused.length > 0).toBe(treatment === 'refused');
  });
});

it.each([
  [{ temperature: 0.3 }, { sampling: { temperature: 0.3, topP: 1, stop: [] } }],
  [{ top_p: 0.9 }, { sampling: { temperature: 1, topP: 0.9, stop: [] } }],
  // A nucleus of nothing holds the likeliest token alone.
  [{ top_p: 0, temperature: 1.5 }, { sampling: { temperature: 0, topP: 1, stop: [] } }],
  [{ seed: 7 }, { sampling: { temperature: 1, topP: 1, seed: 7, stop: [] } }],
  [{ stop: 'x' }, { sampling: { temperature: 1, topP: 1, stop: ['x'] } }],
  [{ stop: ['x', 'y'] }, { sampling: { temperature: 1, topP: 1, stop: ['x', 'y'] } }],
  [{ max_tokens: 5 }, { maxTokens: 5 }],
  [{ max_completion_tokens: 6 }, { maxTokens: 6 }],
  [{ max_tokens: 5, max_completion_tokens: 5 }, { maxTokens: 5 }],
  [{ stream: true }, { isStream: true, includeUsage: false }],
  [
    { stream: true, stream_options: { include_usage: true } },
    { isStream: true, includeUsage: true },
  ],
  [{ logprobs: true }, { sampling: { logprobs: 0 } }],
  [{ logprobs: true, top_logprobs: 20 }, { sampling: { logprobs: 20 } }],
  [{ response_format: { type: 'json_object' } }, { sampling: { responseFormat: { type: 'json_object' } } }],
  [{ frequency_penalty: 0.5 }, { sampling: { frequencyPenalty: 0.5 } }],
  [{ presence_penalty: -0.5 }, { sampling: { presencePenalty: -0.5 } }],
  [
    { logit_bias: { 0: -100, 7: 2.5 } },
    {
      sampling: {
        logitBias: [
          { id: 0, bias: -100 },
          { id: 7, bias: 2.5 },
        ],
      },
    },
  ],
  [{ top_k: 40 }, { sampling: { topK: 40 } }],
  [{ min_p: 0.1 }, { sampling: { minP: 0.1 } }],
  [{ repetition_penalty: 1.1 }, { sampling: { repetitionPenalty: 1.1 } }],
  [{ stop_token_ids: [106, 1] }, { sampling: { stopIds: [106, 1] } }],
  [{ n: 3 }, { choices: 3 }],
])('reads %j', (options, expected) => {
  expect(parseChatRequest({ ...greeting, ...options })).toMatchObject(expected);
});

it.each([
  { top_k: 0 },
  { top_k: -1 },
  { min_p: 0 },
  { repetition_penalty: 1 },
  { stop_token_ids: [] },
  { logit_bias: {} },
  { frequency_penalty: 0, presence_penalty: 0 },
  { logprobs: false, top_logprobs: 0 },
  { response_format: { type: 'text' } },
  { n: 1 },
])('asks a worker for nothing where %j does', (options) => {
  expect(parseChatRequest({ ...greeting, ...options })).toEqual(parseChatRequest(greeting));
});

it('keeps the order in which a schema names its properties', () => {
  const schema =
    '{"type":"object","properties":{"zeta":{"type":"string"},"alpha":{"$ref":"#/$defs/a"}},"$defs":{"a":{}}}';
  const format = `{"type":"json_schema","json_schema":{"name":"s","schema":${schema}}}`;
  const { sampling } = parseChatRequest({ ...greeting, response_format: JSON.parse(format) });
  expect(sampling.responseFormat).toEqual({ type: 'json_schema', schema });
});

it('ignores fields that nobody knows', () => {
  expect(parseChatRequest({ ...greeting, made_up: 1 })).toEqual(parseChatRequest(greeting));
});

it('quotes nothing of the client in its refusals', () => {
  const canary = 'canary';
  const bodies = [
    { ...greeting, model: [canary] },
    { ...greeting, messages: [{ role: canary, content: canary }] },
    { ...greeting, messages: [{ role: 'user', content: [{ type: canary }] }] },
    { ...greeting, messages: [{ role: 'user', content: 'x', tool_calls: canary }] },
    { ...greeting, stream: canary },
    { ...greeting, tools: [canary] },
    { ...greeting, response_format: { type: canary } },
    { ...greeting, stop: { [canary]: canary } },
    { ...greeting, logit_bias: { [canary]: canary } },
    { ...greeting, response_format: { type: 'json_schema', json_schema: { name: canary.repeat(20) } } },
    canary,
  ];
  for (const body of bodies) {
    const error = thrownBy(() => parseChatRequest(body));
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).not.toContain(canary);
  }
});

describe('content in parts', () => {
  const parts = (...texts: string[]) => texts.map((text) => ({ type: 'text', text }));
  // What Gemma-3's published template renders between the marks of a turn, by Jinja2.
  it.each([
    ['user', parts(' a ', '\n b\u001c', 'c\u200b'), 'abc\u200b'],
    ['user', parts('one ', 'two'), 'onetwo'],
    ['user', parts('', ' '), ''],
    ['user', ' a ', ' a '],
  ])('of a turn are each stripped, as the template strips them: %s %j', (role, content, expected) => {
    const { messages } = parseChatRequest({ model: 'm', messages: [{ role, content }] });
    expect(messages).toEqual([{ role, content: expected }]);
  });

  it.each(['system', 'developer'])('of the %s are taken as they are', (role) => {
    const { messages } = parseChatRequest({ model: 'm', messages: [{ role, content: parts(' a ', 'b\n') }] });
    expect(messages).toEqual([{ role: 'system', content: ' a b\n' }]);
  });
});
