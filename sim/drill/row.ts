/** One line of the drill's table, from what the clients saw. Pure. */
import { checkAnswer } from './check-answer.ts';
import { rowProblems, type TimeLimits } from './row-problems.ts';
import type { FaultName } from './strike.ts';
import type { Reference, Transcript } from './transcript.ts';

export interface DrillRow {
  readonly fault: FaultName;
  readonly requests: number;
  /** Not answered whole, the one retry on another gateway included. */
  readonly failed: number;
  readonly lostTokens: number;
  readonly repeatedTokens: number;
  /** Answers that look whole to their client, and are short. */
  readonly truncated: number;
  readonly worstStallMs: number;
  /** From the request to its first token. */
  readonly worstFirstTokenMs: number;
  /** From healing to full capacity; null where that did not come. */
  readonly recoveryMs: number | null;
  /** The longest undisturbed answer of the row: another worker that takes one over computes no more than that once more. */
  readonly replayMs: number;
  /** Streams in the middle of their answer when it struck; of several strikes, the fewest. */
  readonly cutMidStream: number;
  readonly retriedByClient: number;
}

export interface JudgedRow {
  readonly row: DrillRow;
  /** One line for each thing that is wrong; none where the row passes. */
  readonly problems: readonly string[];
}

export interface RowEvidence {
  readonly fault: FaultName;
  readonly requests: number;
  /** All attempts of all requests. */
  readonly transcripts: readonly Transcript[];
  /** Of a request by its index. */
  readonly referenceOf: (request: number) => Reference;
  /** When the first strike came: whoever had his answer by then was not disturbed. */
  readonly struckMs: number;
  /** Of each strike. */
  readonly recoveriesMs: readonly (number | undefined)[];
  readonly cutMidStream: number;
  /** Programs that ended though nobody ended them, and the like. */
  readonly incidents: readonly string[];
  readonly limits: TimeLimits;
}

export function judgeRow(evidence: RowEvidence): JudgedRow {
  const { fault, requests, transcripts, referenceOf } = evidence;
  const judged = transcripts.map((seen) => ({ seen, verdict: checkAnswer(seen, referenceOf(seen.request)) }));
  const sum = (of: (verdict: (typeof judged)[number]['verdict']) => number) =>
    judged.reduce((total, { verdict }) => total + of(verdict), 0);
  const whole = new Set(judged.filter(({ verdict }) => verdict.isWhole).map(({ seen }) => seen.request));
  const row: DrillRow = {
    fault,
    requests,
    failed: requests - whole.size,
    lostTokens: sum(({ lostTokens }) => lostTokens),
    repeatedTokens: sum(({ repeatedTokens }) => repeatedTokens),
    truncated: sum(({ isTruncated }) => Number(isTruncated)),
    worstStallMs: worst(judged.map(({ verdict }) => verdict.worstStallMs)),
    worstFirstTokenMs: worst(judged.map(({ verdict }) => verdict.firstTokenMs ?? 0)),
    recoveryMs: longestOf(evidence.recoveriesMs),
    replayMs: worst(
      transcripts
        .filter(({ endedMs }) => endedMs <= evidence.struckMs)
        .map(({ startedMs, endedMs }) => endedMs - startedMs),
    ),
    cutMidStream: evidence.cutMidStream,
    retriedByClient: transcripts.filter(({ attempt }) => attempt > 0).length,
  };
  const reasons = judged
    .filter(({ seen }) => !whole.has(seen.request))
    .map(({ verdict }) => verdict.reason ?? '');
  const { limits, incidents } = evidence;
  return {
    row,
    problems: [...incidents, ...rowProblems(row, { reasons, limits })],
  };
}

function longestOf(recoveries: RowEvidence['recoveriesMs']): number | null {
  const known = recoveries.filter((ms) => ms !== undefined);
  return known.length < recoveries.length ? null : worst(known);
}

function worst(values: readonly number[]): number {
  return Math.round(values.reduce((most, value) => Math.max(most, value), 0));
}
