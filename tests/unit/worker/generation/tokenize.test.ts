import { expect, test } from 'vitest';
import type { TokenizeRequest } from '../../../../src/rpc/contract/tokenize.ts';
import { tokenize } from '../../../../src/worker/generation/tokenize.ts';
import { answerOf, errorOf, requestOf } from './ask.ts';
import { openTinyModel } from './tiny-model.ts';

function asking(changes: Partial<TokenizeRequest>): TokenizeRequest {
  return { model: 'tiny', messages: [], addSpecialTokens: true, deadlineUnixMs: 1, ...changes };
}

test('counts as an answer to the same prompt does, be it text or messages', async () => {
  const model = await openTinyModel();
  const messages = [{ role: 'user' as const, content: 'two words' }];
  for (const asked of [{ prompt: 'two words' }, { messages }]) {
    const { ids, contextTokensMax } = tokenize(model, asking(asked));
    const { usage } = await answerOf(model, requestOf(asked));
    expect([ids.length, contextTokensMax]).toEqual([usage.promptTokens, model.contextTokensMax]);
  }
});

test('leaves out what the model wants before every text where that is not asked for', async () => {
  const model = await openTinyModel();
  const whole = tokenize(model, asking({ prompt: 'two words' })).ids;
  const bare = tokenize(model, asking({ prompt: 'two words', addSpecialTokens: false })).ids;
  expect(whole).toEqual([model.vocabulary.bosId, ...bare]);
});

test('gives ids of more than the context holds, and of text that looks like a control token', async () => {
  const model = await openTinyModel({ contextTokensMax: 20 });
  const long = tokenize(model, asking({ prompt: '\n<'.repeat(20) }));
  expect(long.ids.length).toBeGreaterThan(long.contextTokensMax);
  const [start] = tokenize(model, asking({ prompt: '<start_of_turn>', addSpecialTokens: false })).ids;
  expect(start).toBeDefined();
  expect(tokenize(model, asking({ prompt: '<start_of_turn>' })).ids.length).toBeGreaterThan(2);
});

test.each([
  ['roles that do not alternate', { messages: [{ role: 'assistant' as const, content: 'secret' }] }],
  ['a hopeless length', { prompt: 'secret'.repeat(100_000) }],
])('refuses %s', async (_title, asked) => {
  const model = await openTinyModel();
  const error = await errorOf((async () => tokenize(model, asking(asked)))());
  expect(error.code).toBe('RPC_REQUEST_INVALID');
});
