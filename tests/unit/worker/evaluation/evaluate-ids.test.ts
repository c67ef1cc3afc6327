/** An evaluation against the reference logits of an independent implementation. */

import { expect, test } from 'vitest';
import { evaluateIds } from '../../../../src/worker/evaluation/evaluate-ids.ts';
import { openTinyRunner } from '../open-tiny-runner.ts';
import { fixtureFile, named, referenceRow, references } from '../references.ts';

/** By the definition, in double precision, which logits this small allow. */
function logprobs(row: Float32Array): readonly number[] {
  const total = Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0));
  return Array.from(row, (logit) => logit - total);
}

test.each([
  ['s8', 128],
  ['s40', 128],
  ['s70', 128],
  ['s70', 16],
])('scores every position of %s as the reference does, in chunks of %d', async (name, chunkTokens) => {
  const { ids, offset, argmax } = named(references.sequences, name);
  const runner = await openTinyRunner(fixtureFile('model.gguf'), {
    chunkTokens,
    contextTokensMax: 80,
  });
  const evaluation = await evaluateIds(runner, ids);
  const expected = ids.map((_, position) => logprobs(referenceRow(offset, position)));
  const nlls = ids.slice(1).map((next, position) => -(expected[position]?.[next] ?? 0));
  expect(evaluation.ids).toEqual(ids);
  expect(evaluation.rows.map((row) => row.argmax)).toEqual(argmax);
  expect(evaluation.rows.map(({ nll }) => nll)).toEqual([...nlls.map((nll) => expect.closeTo(nll, 3)), null]);
  expect(evaluation.meanNll).toBeCloseTo(nlls.reduce((sum, nll) => sum + nll, 0) / nlls.length, 4);
  for (const [position, { top }] of evaluation.rows.entries()) {
    const best = (expected[position] ?? []).toSorted((a, b) => b - a).slice(0, 5);
    expect(top.map(({ logprob }) => logprob)).toEqual(best.map((logprob) => expect.closeTo(logprob, 3)));
    for (const { id, logprob } of top) expect(logprob).toBeCloseTo(expected[position]?.[id] ?? 0, 3);
  }
});

test('tells how far it is, and gives its sequence back', async () => {
  const { ids } = named(references.sequences, 's40');
  const runner = await openTinyRunner(fixtureFile('model.gguf'), { chunkTokens: 16, contextTokensMax: 48 });
  const told: string[] = [];
  await evaluateIds(runner, ids, { onProgress: (done, total) => told.push(`${done} of ${total}`) });
  expect(told).toEqual(['16 of 40', '32 of 40', '40 of 40']);
  await evaluateIds(runner, ids.slice(0, 2));
  runner.openSequence();
});

test('stops on abort, and gives its sequence back', async () => {
  const { ids } = named(references.sequences, 's40');
  const runner = await openTinyRunner(fixtureFile('model.gguf'), { chunkTokens: 16, contextTokensMax: 48 });
  const stop = new AbortController();
  const stopped = evaluateIds(runner, ids, { signal: stop.signal, onProgress: () => stop.abort() });
  await expect(stopped).rejects.toMatchObject({ code: 'WORKER_CANCELLED' });
  runner.openSequence();
});

test('wants two ids', async () => {
  const runner = await openTinyRunner(fixtureFile('model.gguf'), { contextTokensMax: 16 });
  await expect(evaluateIds(runner, [2])).rejects.toThrow(TypeError);
});
