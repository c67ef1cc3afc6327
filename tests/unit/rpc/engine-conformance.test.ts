/**
 * The embedded engine against the cases that were seen on the real one, under their numbers. The peers speak bare
 * WebSocket, so nothing of an SDK stands between the case and the wire.
 */
import { expect, test } from 'vitest';
import { callCases } from './conformance/call-cases.ts';
import { callLifeCases } from './conformance/call-life-cases.ts';
import { channelCases } from './conformance/channel-cases.ts';
import { connectionCases } from './conformance/connection-cases.ts';
import { core, lastNumber, tested, untested } from './conformance/coverage.ts';
import { startTestEngine } from './conformance/raw-peer.ts';
import { rbacCases } from './conformance/rbac-cases.ts';
import { registryCases } from './conformance/registry-cases.ts';
import { triggerCases } from './conformance/trigger-cases.ts';

const cases = [
  ...connectionCases,
  ...callCases,
  ...callLifeCases,
  ...registryCases,
  ...triggerCases,
  ...channelCases,
  ...rbacCases,
];

function idsOf(table: Readonly<Record<string, readonly number[]>>): readonly string[] {
  return Object.entries(table).flatMap(([letter, numbers]) => numbers.map((number) => `${letter}${number}`));
}

test.each(cases)('$id: $title', async ({ engine: options, run }) => {
  await using engine = await startTestEngine(options);
  await run(engine);
});

test('every case is either tested or named with its difference, and all forty of the core are tested', () => {
  const all = Object.entries(lastNumber).flatMap(([letter, last]) =>
    Array.from({ length: last }, (_, index) => `${letter}${index + 1}`),
  );
  const accounted = [...idsOf(tested), ...Object.keys(untested)];
  expect(accounted.sort()).toEqual(all.sort());
  expect([...new Set(cases.map(({ id }) => id))].sort()).toEqual([...idsOf(tested)].sort());
  expect(idsOf(core)).toHaveLength(40);
  expect(idsOf(core).filter((id) => !idsOf(tested).includes(id))).toEqual([]);
});
