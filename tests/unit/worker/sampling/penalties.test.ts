import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPenalties } from '../../../../src/worker/sampling/penalties.ts';

const vocabSize = 12;
const id = fc.integer({ min: 0, max: vocabSize - 1 });
const settings = fc.record(
  {
    logitBias: fc.array(fc.record({ id, bias: fc.double({ min: -100, max: 100, noNaN: true }) }), {
      maxLength: 4,
    }),
    repetitionPenalty: fc.double({ min: 0.1, max: 10, noNaN: true }),
    frequencyPenalty: fc.double({ min: -2, max: 2, noNaN: true }),
    presencePenalty: fc.double({ min: -2, max: 2, noNaN: true }),
  },
  { requiredKeys: [] },
);

test('changes each logit as the definitions say, in their order', () => {
  fc.assert(
    fc.property(settings, fc.array(id), fc.array(id), (sampling, promptIds, answer) => {
      const row = Float32Array.from({ length: vocabSize }, (_, at) => at - 5);
      const expected = Array.from(row, (value, token) => {
        let logit = value;
        for (const { id: biased, bias } of sampling.logitBias ?? [])
          if (biased === token) logit = Math.fround(logit + bias);
        const times = answer.filter((other) => other === token).length;
        const { repetitionPenalty = 1, frequencyPenalty = 0, presencePenalty = 0 } = sampling;
        if (times > 0 || promptIds.includes(token)) {
          logit = Math.fround(logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty);
        }
        return Math.fround(logit - frequencyPenalty * times - (times > 0 ? presencePenalty : 0));
      });
      const penalties = createPenalties({ sampling, promptIds, vocabSize });
      for (const token of answer) penalties?.count(token);
      penalties?.apply(row);
      expect(Array.from(row, (logit) => logit + 0)).toEqual(expected.map((logit) => logit + 0));
    }),
  );
});

test('is absent where nothing is asked for', () => {
  const sampling = { repetitionPenalty: 1, frequencyPenalty: 0, presencePenalty: 0, logitBias: [] };
  expect(createPenalties({ sampling, promptIds: [1], vocabSize })).toBeUndefined();
  expect(createPenalties({ sampling: {}, promptIds: [1], vocabSize })).toBeUndefined();
});

test('refuses a bias on a token that the model does not have', () => {
  const create = (biased: number) =>
    createPenalties({ sampling: { logitBias: [{ id: biased, bias: 1 }] }, promptIds: [], vocabSize });
  expect(create(vocabSize - 1)).toBeDefined();
  expect(() => create(vocabSize)).toThrow(expect.objectContaining({ code: 'RPC_REQUEST_INVALID' }));
});
