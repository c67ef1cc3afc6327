/** From what each contestant came to in each round to rows: medians, and the ratios of rounds. Pure. */

import { type Spread, spread } from '../measure.ts';

export interface InferenceRow {
  readonly name: string;
  /** `native` or `portable`; null where no engine of ours is meant. */
  readonly runner: string | null;
  readonly variant: string | null;
  readonly peerName: string | null;
  /** Median over the rounds. */
  readonly ours: number;
  readonly peer: number | null;
  readonly unit: string;
  /** Ours over the peer's, round by round, whatever is better. Null where there is no peer. */
  readonly ratio: Spread | null;
}

export interface Compared {
  readonly name: string;
  readonly unit: string;
  readonly runner: string | null;
  readonly variant: string | null;
  readonly ours: readonly number[];
  /** As many rounds as ours, of the same moments. */
  readonly peer?: { readonly name: string; readonly values: readonly number[] };
}

/** @throws TypeError when a round of one has none of the other. */
export function compareRounds({ name, unit, runner, variant, ours, peer }: Compared): InferenceRow {
  const common = { name, runner, variant, unit, ours: spread(ours).median };
  if (peer === undefined) return { ...common, peerName: null, peer: null, ratio: null };
  if (peer.values.length !== ours.length || ours.length === 0) {
    throw new TypeError(`${name}: ${ours.length} rounds of ours, ${peer.values.length} of ${peer.name}`);
  }
  const ratios = ours.map((value, round) => value / (peer.values[round] ?? Number.NaN));
  return { ...common, peerName: peer.name, peer: spread(peer.values).median, ratio: spread(ratios) };
}

export function describeRow({
  name,
  runner,
  variant,
  peerName,
  ours,
  peer,
  unit,
  ratio,
}: InferenceRow): string {
  const who = [runner, variant].filter((word) => word !== null).join(' ');
  const start = `${name.padEnd(27)}${who.padEnd(25)}${figure(ours)} ${unit.padEnd(9)}`;
  if (ratio === null || peer === null) return start.trimEnd();
  const ratios = [ratio.min, ratio.median, ratio.max].map((value) => value.toFixed(2)).join(' / ');
  return `${start}${figure(peer)} ${String(peerName).padEnd(19)} ratio ${ratios}`;
}

const figure = (value: number) => value.toFixed(value < 100 ? 2 : 0).padStart(8);
