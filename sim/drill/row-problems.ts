/** What is wrong with a row, in words: nothing where it passes. Pure. */
import type { DrillRow } from './row.ts';

export interface TimeLimits {
  readonly worstStallMs: number;
  readonly recoveryMs: number;
  /** Whether a stall may last longer by what is computed once more: of a model whose tokens take their time. */
  readonly isReplayAllowed: boolean;
}

/** Fewer streams than this in the middle of their answer: nothing was drilled. */
export const midStreamMin = 4;

/** @param reasons why requests failed, one for each attempt. */
export function rowProblems(
  row: DrillRow,
  { reasons, limits }: { readonly reasons: readonly string[]; readonly limits: TimeLimits },
): readonly string[] {
  const { failed, lostTokens, repeatedTokens, truncated, worstStallMs, recoveryMs, cutMidStream } = row;
  const stallMaxMs = limits.worstStallMs + (limits.isReplayAllowed ? row.replayMs : 0);
  return [
    ...(failed > 0 ? [`${failed} of ${row.requests} requests failed: ${counted(reasons)}`] : []),
    ...(lostTokens > 0 ? [`${lostTokens} tokens were lost`] : []),
    ...(repeatedTokens > 0 ? [`${repeatedTokens} tokens came twice, or were of another answer`] : []),
    ...(truncated > 0 ? [`${truncated} answers were short and looked whole`] : []),
    ...(recoveryMs === null ? ['it was never as fast again as before'] : []),
    ...(worstStallMs > stallMaxMs
      ? [`a stream was silent for ${worstStallMs} ms, longer than ${stallMaxMs} ms`]
      : []),
    ...(recoveryMs !== null && recoveryMs > limits.recoveryMs
      ? [`it took ${recoveryMs} ms to recover, longer than ${limits.recoveryMs} ms`]
      : []),
    ...(cutMidStream < midStreamMin
      ? [`void: ${cutMidStream} streams were in the middle of their answer, fewer than ${midStreamMin}`]
      : []),
  ];
}

function counted(reasons: readonly string[]): string {
  const groups = [...Map.groupBy(reasons, (reason) => reason)].map(
    ([reason, { length }]) => `${length} × ${reason}`,
  );
  return groups.join('; ');
}
