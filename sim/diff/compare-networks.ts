/** Two networks with their proofs: the flows that differ, and what is unknown in the later one alone. */
import { type Change, compareProofs } from './compare-proofs.ts';
import { type Side, spreadGroups } from './spread-groups.ts';
import { spreadRanges } from './spread-ranges.ts';

export interface NetworkChanges {
  readonly changes: readonly Change[];
  /** In words. */
  readonly unknown: readonly string[];
}

export function compareNetworks(before: Side, after: Side): NetworkChanges {
  const known = new Set(before.proof.unknown.map(describeUnknown));
  return {
    changes: compareProofs(...spreadRanges(...spreadGroups(before, after))),
    unknown: after.proof.unknown.map(describeUnknown).filter((line) => !known.has(line)),
  };
}

function describeUnknown({ address, reason, touches }: Side['proof']['unknown'][number]): string {
  return `${address}: ${reason}: ${touches}`;
}
