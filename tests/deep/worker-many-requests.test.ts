import { expect, test } from 'vitest';
import { ManyRequests } from '../unit/worker/generation/many-requests.ts';
import { openTinyModel } from '../unit/worker/generation/tiny-model.ts';

test('answers each of many requests as if it were alone, and keeps nothing of those given up', async () => {
  const model = await openTinyModel();
  const requests = await ManyRequests.open(model, 5);
  await requests.run(800);
  const { answered, givenUp } = requests.counts;
  expect(answered + givenUp).toBe(800);
  expect(givenUp).toBeGreaterThan(200);
});
