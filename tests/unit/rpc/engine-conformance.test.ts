/**
 * The embedded engine against the cases that were seen on the real one, under their numbers, and a real one against
 * them where there is one. The peers speak bare WebSocket, so nothing of an SDK stands between the case and the wire.
 */
import { expect, test } from 'vitest';
import { engineModes } from '../../../src/rpc/engine/mode.ts';
import { allCases } from './conformance/all-cases.ts';
import { casesFor } from './conformance/cases-for.ts';
import { allIds, coreIds } from './conformance/coverage.ts';
import { runOnEmbedded, runOnReal } from './conformance/run-on-both.ts';

runOnEmbedded(allCases, 'unit');
await runOnReal(allCases);

test('every wire case has a row, in the mode that it was seen in, and the forty of the core are among them', () => {
  expect([...new Set(allCases.map(({ id }) => id))].sort()).toEqual([...allIds].sort());
  expect(allIds).toHaveLength(91);
  expect(coreIds).toHaveLength(40);
  for (const mode of engineModes) {
    const shown = casesFor(allCases, { mode, substrate: 'embedded', suite: 'all' }).map(({ id }) => id);
    const missing = allIds.filter((id) => !shown.includes(id));
    expect(missing, mode).toEqual(mode === '0.23' ? ['F11'] : []);
  }
});
