/** Settings at the ends of what a request may say, and weights that are no numbers: an answer or an error, never a hang or a wrong id. */

import { expect, test } from 'vitest';
import type { Sampling } from '../../../../src/rpc/contract/generate.ts';
import { answerOf, requestOf } from './ask.ts';
import { openTinyModel } from './tiny-model.ts';

const least = 5e-324;
const settings: readonly Partial<Sampling>[] = [
  { repetitionPenalty: least },
  { repetitionPenalty: least, temperature: 1 },
  { repetitionPenalty: 10, frequencyPenalty: 2, presencePenalty: 2 },
  { frequencyPenalty: -2, presencePenalty: -2, temperature: 2 },
  { temperature: least },
  { temperature: least, topP: least, minP: 1, topK: 1 },
  { temperature: 2, topP: least },
  { temperature: 2, minP: 1 },
  { temperature: 2, topK: Number.MAX_SAFE_INTEGER },
  { temperature: 1, seed: 2 ** 53 - 1 },
  { logitBias: Array.from({ length: 512 }, (_, id) => ({ id, bias: -100 })) },
  { logitBias: Array.from({ length: 512 }, (_, id) => ({ id, bias: 100 })), temperature: 2 },
  { maxTokens: 131_072, temperature: 2, logitBias: [1, 9].map((id) => ({ id, bias: -100 })) },
];

test('answers whatever the settings, and the next request as if nothing had been', async () => {
  const model = await openTinyModel();
  const before = await answerOf(model, requestOf());
  for (const sampling of settings) {
    const answer = await answerOf(model, requestOf({ sampling: { logprobs: 3, ...sampling } }));
    expect(answer.ids.every((id) => id >= 0 && id < 512)).toBe(true);
    expect(answer.ids.length).toBeLessThanOrEqual(256);
    expect(['length', 'stop']).toContain(answer.finishReason);
    const numbers = answer.logprobs.flatMap(({ logprob, top }) => [logprob, ...top.map((it) => it.logprob)]);
    expect(numbers.filter((it) => Number.isNaN(it) || it > 0)).toEqual([]);
  }
  expect((await answerOf(model, requestOf())).ids).toEqual(before.ids);
});
