/** A short drill: a worker dies under load, and nobody who asks for an answer is worse off for it. */
import { expect, test } from 'vitest';
import { runDrill } from '../support/drilled.ts';

test('a worker is killed under load, and every answer is whole at the first try', async () => {
  const rows = await runDrill({ model: 'tiny', faults: ['worker-killed'], requests: 40 });
  const nothing = { failed: 0, lostTokens: 0, repeatedTokens: 0, truncated: 0, retriedByClient: 0 };
  expect(rows).toMatchObject([{ row: { fault: 'worker-killed', requests: 40, ...nothing }, problems: [] }]);
}, 60_000);
