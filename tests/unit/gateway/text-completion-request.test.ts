import { describe, expect, it } from 'vitest';
import { parseTextCompletionRequest } from '../../../src/gateway/text-completion-request.ts';
import { expectShape, requestFields } from './openai-schema.ts';
import { thrownBy } from './thrown-by.ts';

const plain = { model: 'echo', prompt: 'Once' };

interface FieldRow {
  readonly field: string;
  readonly treatment: 'honoured' | 'without effect' | 'refused';
  readonly taken: readonly unknown[];
  /** Values that OpenAI describes and that are refused by the field's name. */
  readonly refused?: readonly unknown[];
}

// What becomes of each field of OpenAI's description.
const fields: readonly FieldRow[] = [
  { field: 'model', treatment: 'honoured', taken: ['echo'] },
  {
    field: 'prompt',
    treatment: 'honoured',
    taken: ['', 'Once', ['Once']],
    refused: [['a', 'b'], [1, 2], [[1, 2]], null],
  },
  { field: 'max_tokens', treatment: 'honoured', taken: [1, null], refused: [0] },
  { field: 'temperature', treatment: 'honoured', taken: [0, 2, null] },
  { field: 'top_p', treatment: 'honoured', taken: [0, 1, null] },
  { field: 'frequency_penalty', treatment: 'honoured', taken: [-2, 2, null] },
  { field: 'presence_penalty', treatment: 'honoured', taken: [-2, 2, null] },
  { field: 'logit_bias', treatment: 'honoured', taken: [{ 5: -100 }, null] },
  { field: 'logprobs', treatment: 'honoured', taken: [0, 5, null] },
  { field: 'n', treatment: 'honoured', taken: [1, 8, null], refused: [9] },
  { field: 'seed', treatment: 'honoured', taken: [0, null], refused: [-1] },
  { field: 'stop', treatment: 'honoured', taken: ['a', ['a', 'b', 'c', 'd'], null] },
  { field: 'stream', treatment: 'honoured', taken: [true, false, null] },
  { field: 'stream_options', treatment: 'honoured', taken: [null], refused: [{ include_usage: true }] },
  { field: 'user', treatment: 'without effect', taken: ['u'] },
  { field: 'best_of', treatment: 'refused', taken: [1, null], refused: [2] },
  { field: 'echo', treatment: 'refused', taken: [false, null], refused: [true] },
  { field: 'suffix', treatment: 'refused', taken: ['', null], refused: ['The end.'] },
];

describe('every field of OpenAI', () => {
  it('has a row', () => {
    const names = requestFields('CreateCompletionRequest');
    expect(names.filter((name) => !fields.some(({ field }) => field === name))).toEqual([]);
  });

  it.each(fields)('$field is $treatment', ({ field, treatment, taken, refused = [] }) => {
    for (const value of taken) {
      const body = { ...plain, [field]: value };
      expectShape('CreateCompletionRequest', body);
      const parsed = parseTextCompletionRequest(body);
      if (treatment !== 'honoured') expect(parsed).toEqual(parseTextCompletionRequest(plain));
    }
    for (const value of refused) {
      const body = { ...plain, [field]: value };
      expectShape('CreateCompletionRequest', body);
      expect(thrownBy(() => parseTextCompletionRequest(body))).toMatchObject({
        code: treatment === 'refused' ? 'GATEWAY_PARAM_UNSUPPORTED' : 'GATEWAY_PARAM_INVALID',
        details: { param: expect.stringMatching(new RegExp(`^${field}(\\[0\\])?$`)) },
      });
    }
  });
});

it('reads a prompt and its settings', () => {
  expect(parseTextCompletionRequest({ ...plain, prompt: ['Once'], logprobs: 3, top_k: 4 })).toEqual({
    model: 'echo',
    messages: [],
    prompt: 'Once',
    // OpenAI's default for this route.
    maxTokens: 16,
    sampling: { temperature: 1, topP: 1, stop: [], logprobs: 3, topK: 4 },
    choices: 1,
    isStream: false,
    includeUsage: false,
  });
});

it('says that token ids are not served, and names none', () => {
  const error = thrownBy(() => parseTextCompletionRequest({ ...plain, prompt: [40404] }));
  expect(String(error)).toMatch(/"prompt\[0\]".*token ids are not served/);
  expect(String(error)).not.toContain('40404');
});
