/** What people read of an evaluation. */

import { expect, test } from 'vitest';
import type { Evaluation } from '../../../../src/worker/evaluation/evaluate-ids.ts';
import { evaluationText } from '../../../../src/worker/evaluation/evaluation-text.ts';

function evaluation(nlls: readonly number[]): Evaluation {
  const row = (nll: number | null) => ({ nll, argmax: 7, top: [{ id: 7, logprob: -0.25 }] });
  return {
    ids: [2, ...nlls.map((nll) => (nll < 1 ? 7 : 9))],
    rows: [...nlls.map(row), row(null)],
    meanNll: nlls.reduce((sum, nll) => sum + nll, 0) / nlls.length,
  };
}

test('shows every token of a short list, then mean, perplexity and hits', () => {
  expect(evaluationText(evaluation([2.75, 0.25]))).toBe(
    [
      'Every token:',
      '  position  next id  nll     argmax  top five (id: logprob)',
      '  0         9        2.7500  7       7: -0.250',
      '  1         7        0.2500  7       7: -0.250',
      '',
      'tokens          3 (2 likelihoods)',
      'mean NLL        1.5000',
      'perplexity      4.482',
      'argmax is next  1 of 2 (50.0 %)',
      '',
    ].join('\n'),
  );
});

test('shows the ten least likely of a long list, in their order', () => {
  const text = evaluationText(
    evaluation(Array.from({ length: 30 }, (_, at) => (at % 3 === 0 ? 5 + at : 0.5))),
  );
  expect(text).toMatch(/^The 10 least likely of 30 tokens:\n/);
  const positions = Array.from(text.matchAll(/^ {2}(\d+) /gm), ([, position]) => Number(position));
  expect(positions).toEqual([0, 3, 6, 9, 12, 15, 18, 21, 24, 27]);
});
