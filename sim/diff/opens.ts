/** Whether a change lets more through than before: the question that the exit code answers. */

import type { Answer } from '../prove/index.ts';
import type { Change } from './compare-proofs.ts';

/** Delivered or answered where it was not, from a source port where it was not, or no longer known not to be. */
export function opens({ kind, before, after }: Change): boolean {
  if (kind === 'opened') return true;
  if (before === undefined || after === undefined) return false;
  return exceeds(after.delivered, before.delivered) || exceeds(after.verdict, before.verdict);
}

function exceeds(after: Answer, before: Answer): boolean {
  if (before.kind === 'always' || after.kind === 'never') return false;
  if (after.kind === 'unknown') return before.kind !== 'unknown';
  if (before.kind !== 'depends' || after.kind !== 'depends') return true;
  return after.sourcePorts.some(
    (range) => !before.sourcePorts.some(({ from, to }) => from <= range.from && range.to <= to),
  );
}
