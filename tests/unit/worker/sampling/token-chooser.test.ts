import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Sampling } from '../../../../src/rpc/contract/generate.ts';
import { createGrammarCompiler } from '../../../../src/worker/sampling/grammar-compiler.ts';
import { createRandom } from '../../../../src/worker/sampling/random.ts';
import { createTokenChooser, type SamplingContext } from '../../../../src/worker/sampling/token-chooser.ts';
import { vocabularyOf } from '../text/vocabularies.ts';
import { randomLogits } from './numbers.ts';

const vocabulary = vocabularyOf([
  '{"',
  '":',
  '",',
  'true',
  '▁"',
  '[[',
  ']]',
  '"}',
  'ab',
  '12',
  '▁▁',
  '<end>',
]);
const size = vocabulary.tokens.length;
const endTokenIds = new Set([257]);
const context: SamplingContext = {
  vocabulary,
  endTokenIds,
  grammars: createGrammarCompiler(vocabulary, endTokenIds),
};
const base: Sampling = { maxTokens: 100, temperature: 1, topP: 1, stop: [] };
const promptIds = [3, 65, 65, 260];

const settings = fc.record(
  {
    temperature: fc.constantFrom(0, 0.7, 1, 2),
    topP: fc.constantFrom(0.3, 0.9, 1),
    topK: fc.constantFrom(1, 5, 400),
    minP: fc.constantFrom(0, 0.1),
    repetitionPenalty: fc.constantFrom(1, 1.3),
    frequencyPenalty: fc.constantFrom(0, 0.9),
    presencePenalty: fc.constantFrom(0, -0.9),
    logitBias: fc.constantFrom<{ id: number; bias: number }[]>([], [{ id: 70, bias: 4 }]),
    logprobs: fc.constantFrom(0, 3),
    responseFormat: fc.constantFrom({ type: 'text' as const }, { type: 'json_object' as const }),
  },
  { requiredKeys: ['temperature', 'topP'] },
);

/** Steps of an answer, logits drawn from a seed; it ends when it is complete or has an end token. */
async function answer(
  sampling: Partial<Sampling>,
  options: { readonly steps: number; readonly replayed?: readonly number[]; readonly seed?: number },
) {
  const { steps, replayed = [], seed = 5 } = options;
  const chooser = await createTokenChooser(context, { sampling: { ...base, ...sampling }, promptIds, seed });
  const logits = createRandom(77);
  const choices = [];
  for (let step = 0; step < steps && !chooser.isComplete; step++) {
    const row = randomLogits(size, logits);
    const known = replayed[step];
    if (known !== undefined) chooser.accept(known);
    else choices.push(chooser.choose(row));
    if (endTokenIds.has(known ?? choices.at(-1)?.id ?? -1)) break;
  }
  return choices;
}

test('goes on after replayed tokens as if it had chosen them, whatever the settings', async () => {
  await fc.assert(
    fc.asyncProperty(settings, fc.integer({ min: 0, max: 11 }), async (sampling, cut) => {
      const whole = await answer(sampling, { steps: 12 });
      const replayed = whole.slice(0, cut).map(({ id }) => id);
      expect(await answer(sampling, { steps: 12, replayed })).toEqual(whole.slice(cut));
    }),
    { numRuns: 60 },
  );
});

test('does not depend on what other answers are chosen in between', async () => {
  const alone = await answer({ topP: 0.9 }, { steps: 8 });
  const [first, second] = await Promise.all([
    createTokenChooser(context, { sampling: { ...base, topP: 0.9 }, promptIds, seed: 5 }),
    createTokenChooser(context, { sampling: { ...base, temperature: 2 }, promptIds: [], seed: 6 }),
  ]);
  const logits = createRandom(77);
  const ids = [];
  for (let step = 0; step < 8; step++) {
    ids.push(first.choose(randomLogits(size, logits)).id);
    second.choose(new Float32Array(size));
  }
  expect(ids).toEqual(alone.map(({ id }) => id));
});

test('repeats itself for a seed and differs between seeds', async () => {
  const ids = async (seed: number) => (await answer({}, { steps: 20, seed })).map(({ id }) => id);
  expect(await ids(1)).toEqual(await ids(1));
  expect(await ids(1)).not.toEqual(await ids(2));
});

test('tells log probabilities of the logits before bias, penalties and the response format', async () => {
  const sampling: Partial<Sampling> = {
    temperature: 0,
    logprobs: 2,
    logitBias: [{ id: 70, bias: -50 }],
    responseFormat: { type: 'json_object' },
  };
  const chooser = await createTokenChooser(context, {
    sampling: { ...base, ...sampling },
    promptIds,
    seed: 1,
  });
  const row = new Float32Array(size);
  row[70] = 3;
  row[71] = 2;
  const normaliser = Math.log(Math.exp(3) + Math.exp(2) + size - 2);
  const { id, logprob } = chooser.choose(row);
  expect(vocabulary.tokens[id]).toBe('<0x7B>');
  expect(logprob).toMatchObject({ text: '{', logprob: expect.closeTo(-normaliser, 6) });
  expect(logprob?.top.map(({ text }) => text)).toEqual(['F', 'G']);
  expect(logprob?.top[0]?.logprob).toBeCloseTo(3 - normaliser, 6);
});

test('counts what it chose and what it replayed alike', async () => {
  const sampling: Sampling = { ...base, temperature: 0, frequencyPenalty: 2 };
  const chooser = await createTokenChooser(context, { sampling, promptIds, seed: 1 });
  const choose = () => chooser.choose(Float32Array.from({ length: size }, (_, id) => Math.min(id, 72)));
  const ids = [choose().id];
  chooser.accept(73);
  ids.push(choose().id, choose().id);
  expect(ids).toEqual([72, 74, 75]);
});

test('says nothing of log probabilities where the request does not ask', async () => {
  const [choice] = await answer({ temperature: 0 }, { steps: 1 });
  expect(Object.keys(choice ?? {})).toEqual(['id']);
});

test('is never complete in free text, and in JSON when the value is whole', async () => {
  const free = await createTokenChooser(context, { sampling: base, promptIds, seed: 1 });
  free.accept(257);
  expect(free.isComplete).toBe(false);
  const json = await createTokenChooser(context, {
    sampling: { ...base, responseFormat: { type: 'json_object' } },
    promptIds,
    seed: 1,
  });
  json.accept(0x7b);
  expect(json.isComplete).toBe(false);
  json.accept(0x7d);
  expect(json.isComplete).toBe(true);
  expect(json.choose(new Float32Array(size)).id).toBe(257);
});

test('refuses to replay what the response format does not allow', async () => {
  const sampling: Sampling = { ...base, responseFormat: { type: 'json_object' } };
  const chooser = await createTokenChooser(context, { sampling, promptIds, seed: 1 });
  expect([0x5b, 256, 0x7b].map((id) => chooser.accept(id))).toEqual([false, false, true]);
});

test.each([
  ['NaN', Number.NaN, {}],
  ['NaN with top-k', Number.NaN, { topK: 3 }],
  [
    'nothing that the response format allows',
    Number.NEGATIVE_INFINITY,
    { responseFormat: { type: 'json_object' } },
  ],
] satisfies [string, number, Partial<Sampling>][])('refuses logits with %s', async (_, value, sampling) => {
  const chooser = await createTokenChooser(context, {
    sampling: { ...base, ...sampling },
    promptIds,
    seed: 1,
  });
  const row = new Float32Array(size).fill(value);
  row[3] = 1;
  expect(() => chooser.choose(row)).toThrow(expect.objectContaining({ code: 'WORKER_RUN_FAILED' }));
});

test('blames a row of the wrong length on the program', async () => {
  const chooser = await createTokenChooser(context, { sampling: base, promptIds, seed: 1 });
  expect(() => chooser.choose(new Float32Array(size + 1))).toThrow(TypeError);
});
