import { expect, test } from 'vitest';
import type { Sampling } from '../../../../src/rpc/contract/generate.ts';
import { answerOf, optionsOf, requestOf } from './ask.ts';
import { openTinyModel } from './tiny-model.ts';

const schema = {
  type: 'object',
  properties: { ok: { type: 'boolean' }, side: { enum: ['north', 'south'] } },
  required: ['ok', 'side'],
  additionalProperties: false,
};
const drawn = { temperature: 1, seed: 3 };

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
  ['with log probabilities', { ...drawn, logprobs: 2, stop: ['e☃', '5☃'] }],
])('an answer that is %s goes on elsewhere as it would have gone on, from any token', async (_, sampling) => {
  const model = await openTinyModel();
  const request = requestOf({ prompt: 'The capital of France', sampling: { maxTokens: 18, ...sampling } });
  const whole = await answerOf(model, request);
  expect(whole.ids.length).toBeGreaterThan(5);
  const texts: string[] = [];
  for (let tokens = 0; tokens <= whole.ids.length; tokens++) {
    const rest = await answerOf(model, request, optionsOf({ answeredIds: whole.ids.slice(0, tokens) }));
    texts.push(rest.text);
    expect(rest.ids).toEqual(whole.ids.slice(tokens));
    expect(whole.text.endsWith(rest.text)).toBe(true);
    expect(rest.finishReason).toBe(whole.finishReason);
    expect(rest.logprobs).toEqual(whole.logprobs.slice(tokens));
  }
  // Whoever read up to the end of a frame has each character once.
  let sent = { tokens: 0, text: '' };
  for (const { ids, text } of whole.frames) {
    sent = { tokens: sent.tokens + ids.length, text: sent.text + text };
    expect(sent.text + texts[sent.tokens]).toBe(whole.text);
  }
});

test('refuses to go on from what the response format does not allow', async () => {
  const model = await openTinyModel();
  const request = requestOf({
    sampling: { responseFormat: { type: 'json_schema', schema: JSON.stringify(schema) } },
  });
  const answeredIds = [40, 40];
  await expect(answerOf(model, request, optionsOf({ answeredIds }))).rejects.toMatchObject({
    code: 'RPC_GENERATION_FAILED',
    message: expect.stringContaining('its response format does not allow token 40 here'),
  });
  expect(model.runs).toEqual([]);
});
