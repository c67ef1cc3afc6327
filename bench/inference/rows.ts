/** From the figures of all rounds to the rows of the bench. Pure. */

import { type Compared, compareRounds, type InferenceRow } from './compare-rounds.ts';
import type { Contestant, OurContestant } from './contestants.ts';
import { bandwidthName, type Figures, loadName, machineId, peakName, residentName } from './figures.ts';
import type { Measurement } from './measurements.ts';

export interface Contest {
  readonly ours: readonly Pick<OurContestant, 'id' | 'variant' | 'bytesPerToken'>[];
  readonly peers: readonly Pick<Contestant, 'id'>[];
  readonly measurements: readonly Pick<Measurement, 'name' | 'unit' | 'against'>[];
}

/** Of one stream: with several, a step reads the weights once for all. */
const limitOf = 'decode 1 stream';
export const limitName = 'memory bandwidth limit';
export const ownColdRun = 'our own cold run';

const besides = [
  { name: loadName, unit: 'ms' },
  { name: residentName, unit: 'MiB' },
  { name: peakName, unit: 'MiB' },
] as const;

export function rowsOf(contest: Contest, figures: Figures): readonly InferenceRow[] {
  const { ours, measurements } = contest;
  const measured = measurements.flatMap((measurement) => [
    ...ours.flatMap((one) => rowsOfOne(one, measurement, { contest, figures })),
    ...(measurement.name === limitOf ? ours.map((one) => limitRow(one, figures)) : []),
  ]);
  const others = besides.flatMap((measurement) =>
    ours.flatMap((one) => rowsOfOne(one, measurement, { contest, figures })),
  );
  const bandwidth = figures.get(machineId, bandwidthName);
  const machine = { name: bandwidthName, unit: 'GB/s', runner: null, variant: null, ours: bandwidth };
  return [...measured, ...others, ...(bandwidth.length === 0 ? [] : [compareRounds(machine)])];
}

function rowsOfOne(
  one: Contest['ours'][number],
  { name, unit, against }: Pick<Measurement, 'name' | 'against'> & { readonly unit: string },
  { contest, figures }: { readonly contest: Contest; readonly figures: Figures },
): InferenceRow[] {
  const ours = figures.get(one.id, name);
  if (ours.length === 0) return [];
  const base: Compared = { name, unit, runner: one.variant.kind, variant: one.variant.name, ours };
  if (against !== undefined) {
    return [compareRounds({ ...base, peer: { name: ownColdRun, values: figures.get(one.id, against) } })];
  }
  const peers = contest.peers
    .map(({ id }) => ({ name: id, values: figures.get(id, name) }))
    .filter(({ values }) => values.length > 0);
  return peers.length === 0 ? [compareRounds(base)] : peers.map((peer) => compareRounds({ ...base, peer }));
}

/** What the memory lets through, were reading weights all that a token took. */
function limitRow({ id, variant, bytesPerToken }: Contest['ours'][number], figures: Figures): InferenceRow {
  const values = figures.get(machineId, bandwidthName).map((speed) => (speed * 1e9) / bytesPerToken);
  return compareRounds({
    name: limitName,
    unit: 'tokens/s',
    runner: variant.kind,
    variant: variant.name,
    ours: figures.get(id, limitOf),
    peer: { name: bandwidthName, values },
  });
}
