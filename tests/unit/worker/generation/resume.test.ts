import { expect, test } from 'vitest';
import type { Sampling } from '../../../../src/rpc/contract/generate.ts';
import { createModelText } from '../../../../src/worker/generation/model.ts';
import { decodeAll, loadTinyVocabulary } from '../text/vocabularies.ts';
import { answerOf, errorOf, optionsOf, requestOf } from './ask.ts';
import { openTinyModel } from './tiny-model.ts';

const vocabulary = await loadTinyVocabulary();

const schema = {
  type: 'object',
  properties: { ok: { type: 'boolean' }, side: { enum: ['north', 'south'] } },
  required: ['ok', 'side'],
  additionalProperties: false,
};
const drawn = { temperature: 1, seed: 3 };
/** Byte tokens that begin, continue and end characters. */
const halves = [0xf0, 0x9f, 0x99, 0x82, 0xc3, 0xa9].map((byte) => ({ id: byteId(byte), bias: 100 }));

function byteId(byte: number): number {
  const id = vocabulary.tokens.indexOf(`<0x${byte.toString(16).toUpperCase()}>`);
  expect(id).toBeGreaterThan(0);
  return id;
}

test.each<[string, Partial<Sampling>]>([
  ['greedy', {}],
  ['drawn', drawn],
  [
    'drawn with penalties',
    { ...drawn, repetitionPenalty: 1.3, frequencyPenalty: 0.5, presencePenalty: 0.5, topK: 50, minP: 0.01 },
  ],
  ['with text that is held back', { ...drawn, stop: ['e☃', '5☃', '�☃', ' ☃'] }],
  ['that ends at a stop string', { ...drawn, stop: ['er\u001c'] }],
  [
    'of JSON',
    { ...drawn, maxTokens: 40, responseFormat: { type: 'json_schema', schema: JSON.stringify(schema) } },
  ],
  ['of halves of characters', { ...drawn, logitBias: halves }],
  [
    'of halves of characters that may be stop strings',
    { ...drawn, logitBias: halves, stop: ['🙂🙂', '��☃'] },
  ],
  ['with log probabilities of halves of characters', { ...drawn, logitBias: halves, logprobs: 2 }],
  ['with log probabilities', { ...drawn, logprobs: 2, stop: ['e☃', '5☃'] }],
])('an answer that is %s goes on elsewhere as it would have gone on, from any token', async (_, sampling) => {
  const model = await openTinyModel();
  const request = requestOf({ prompt: 'The capital of France', sampling: { maxTokens: 18, ...sampling } });
  const whole = await answerOf(model, request);
  expect(whole.ids.length).toBeGreaterThan(5);
  const endsByText = sampling.stop?.includes('er\u001c') || sampling.responseFormat !== undefined;
  const goOn = (tokens: number) =>
    answerOf(model, request, optionsOf({ answeredIds: whole.ids.slice(0, tokens) }));
  // All at once: what goes on does not depend on its neighbours either.
  const cuts = Array.from({ length: whole.ids.length + 1 }, (_, tokens) => tokens);
  const rests = await Promise.all(cuts.map(goOn));
  for (const [tokens, rest] of rests.entries()) {
    expect(rest.ids).toEqual(whole.ids.slice(tokens));
    expect(whole.text.endsWith(rest.text)).toBe(true);
    expect(rest.finishReason).toBe(whole.finishReason);
    expect(rest.logprobs).toEqual(whole.logprobs.slice(tokens));
    const { promptTokens, completionTokens } = whole.usage;
    expect(rest.usage).toMatchObject({ promptTokens, completionTokens });
  }
  // Whoever read up to the end of a frame has each character once.
  let sent = { tokens: 0, text: '' };
  for (const { ids, text } of whole.frames) {
    sent = { tokens: sent.tokens + ids.length, text: sent.text + text };
    expect(sent.text + rests[sent.tokens]?.text).toBe(whole.text);
  }
  // What had ended runs nothing more; where only the end token is missing, it has to be found.
  const runs = model.runs.length;
  await goOn(whole.ids.length);
  expect(model.runs.length === runs).toBe(whole.finishReason === 'length' || endsByText);
});

test('runs the prompt in the same chunks and what was answered one by one', async () => {
  const model = await openTinyModel({ prefixCacheBytes: 0 });
  const request = requestOf({
    prompt: 'The capital of France is not on the moon',
    sampling: { maxTokens: 9 },
  });
  const whole = await answerOf(model, request);
  const runs = [...model.runs];
  expect(runs.filter(({ kind }) => kind === 'prefill').length).toBeGreaterThan(1);
  await answerOf(model, request, optionsOf({ answeredIds: whole.ids.slice(0, 5) }));
  const sizes = (all: typeof runs) => all.map(({ kind, size }) => ({ kind, size }));
  expect(sizes(model.runs.slice(runs.length))).toEqual(sizes(runs));
});

const ofJson = { responseFormat: { type: 'json_schema' as const, schema: JSON.stringify(schema) } };
const [end = 0] = createModelText(vocabulary).endTokenIds;

test.each<[string, Partial<Sampling>, readonly number[], RegExp]>([
  ['tokens that the model does not have', {}, [40, 512], /number 2 is none of the model/],
  [
    'what the response format does not allow',
    ofJson,
    [40, 40],
    /number 1 is not what the response format allows/,
  ],
  ['an end token', {}, [40, end, 40], /number 2 ends an answer, and is no part of one/],
  ['a token that the request stops at', { stopIds: [41] }, [40, 41], /number 2 ends an answer/],
  ['more tokens than were asked for', { maxTokens: 2 }, [40, 41, 42], /number 3 comes after the end/],
  [
    'what comes after a stop string',
    { stop: [decodeAll(vocabulary, [40])] },
    [41, 40, 41],
    /number 3 comes after the end/,
  ],
])('refuses to go on from %s before it runs the model', async (_, sampling, answeredIds, message) => {
  const model = await openTinyModel();
  const error = await errorOf(answerOf(model, requestOf({ sampling }), optionsOf({ answeredIds })));
  expect(error).toMatchObject({ code: 'RPC_REQUEST_INVALID', message: expect.stringMatching(message) });
  expect(model.runs).toEqual([]);
});

test('refuses to go on from more tokens than the context holds', async () => {
  const model = await openTinyModel({ contextTokensMax: 20 });
  const { usage } = await answerOf(model, requestOf());
  const room = 20 - usage.promptTokens;
  const whole = await answerOf(model, requestOf(), optionsOf({ answeredIds: Array(room).fill(40) }));
  expect(whole).toMatchObject({ finishReason: 'length', frames: [], usage: { completionTokens: room } });
  const error = await errorOf(
    answerOf(model, requestOf(), optionsOf({ answeredIds: Array(room + 1).fill(40) })),
  );
  expect(error.code).toBe('RPC_REQUEST_INVALID');
});
