import { expect, test } from 'vitest';
import { DrydockError } from '../../../../src/rpc/errors.ts';
import { answerOf, errorOf, type RequestChanges, requestOf } from './ask.ts';
import { openTinyModel } from './tiny-model.ts';

test('takes a prompt that leaves room for one token, and refuses the next with the numbers', async () => {
  const model = await openTinyModel({ contextTokensMax: 20 });
  const fits = requestOf({ prompt: '\n<'.repeat(20).slice(0, 18) });
  const { usage } = await answerOf(model, fits);
  expect(usage).toEqual({ promptTokens: 19, completionTokens: 1, cachedTokens: 0 });
  const runs = model.runs.length;
  const error = await errorOf(answerOf(model, requestOf({ prompt: '\n<'.repeat(20).slice(0, 19) })));
  expect(error.code).toBe('RPC_REQUEST_INVALID');
  expect(error.message).toBe(
    'could not start the answer: the conversation takes 20 tokens and the context holds 20, answer included; shorten the conversation',
  );
  expect(error.details).toEqual({ promptTokens: 20, contextTokensMax: 20 });
  expect(model.runs).toHaveLength(runs);
});

test('refuses a hopelessly long prompt without encoding it', async () => {
  const model = await openTinyModel();
  const encode = () => {
    throw new Error('it was encoded');
  };
  const guarded = { ...model, chat: { ...model.chat, encode }, tokenizer: { ...model.tokenizer, encode } };
  const characters = 256 * model.tokenizer.tokenLengthMax + 1;
  const content = 'a'.repeat(characters);
  for (const changes of [{ messages: [{ role: 'user', content }] }, { prompt: content }] as const) {
    const error = await errorOf(answerOf(guarded, requestOf(changes as RequestChanges)));
    expect(error.code).toBe('RPC_REQUEST_INVALID');
    expect(error.message).toContain(`${characters} characters are more than the 256 tokens of its context`);
  }
});

const unsupported = { type: 'object', properties: { secret: { not: {} } } };

test.each<[string, RequestChanges, string, RegExp]>([
  ['another model', { model: 'other' }, 'RPC_MODEL_UNKNOWN', /this worker serves "tiny" alone/],
  [
    'roles that do not alternate',
    { messages: [{ role: 'assistant', content: 'secret' }] },
    'RPC_REQUEST_INVALID',
    /message 1 is from "assistant" where "user" is due/,
  ],
  [
    'a schema that cannot be enforced',
    { sampling: { responseFormat: { type: 'json_schema', schema: JSON.stringify(unsupported) } } },
    'RPC_REQUEST_INVALID',
    /schema/,
  ],
  [
    'a bias on a token that there is not',
    { sampling: { logitBias: [{ id: 512, bias: 1 }] } },
    'RPC_REQUEST_INVALID',
    /512/,
  ],
  [
    'a deadline that has passed',
    { deadlineUnixMs: 1 },
    'RPC_DEADLINE_EXCEEDED',
    /its deadline, -?\d+ ms from its arrival, has passed \(prompt of 0 tokens, 0 answered\); allow more time/,
  ],
])('refuses %s before it runs the model', async (_, changes, code, message) => {
  const model = await openTinyModel();
  const error = await answerOf(model, requestOf(changes)).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  expect(error).toBeInstanceOf(DrydockError);
  // A schema's own names are the caller's, not text of a prompt.
  if (changes.sampling?.responseFormat === undefined) expect(String(error)).not.toContain('secret');
  expect(model.runs).toEqual([]);
  expect(await answerOf(model, requestOf())).toMatchObject({ finishReason: 'length' });
});
