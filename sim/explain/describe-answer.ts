/** A verdict in a sentence. */

import type { Answer } from '../prove/index.ts';
import type { PortRange } from '../vpc/model.ts';

export interface BothAnswers {
  readonly delivered: Answer;
  readonly verdict: Answer;
}

/** `works`, `refused`, `one-way: …`, `depends on the source port: …`, `unknown: …`. */
export function describeAnswers({ delivered, verdict }: BothAnswers): string {
  if (delivered.kind === 'unknown') return describeUnknown(delivered);
  if (delivered.kind === 'never') return 'refused: the first packet is not delivered';
  if (delivered.kind === 'depends') {
    return `depends on the source port: delivered from ${describePorts(delivered.sourcePorts)} alone; ${describeConnection(verdict)}`;
  }
  switch (verdict.kind) {
    case 'always':
      return 'works: delivered and answered';
    case 'never':
      return 'one-way: delivered, but the answer is dropped';
    case 'depends':
      return `depends on the source port: answered to ${describePorts(verdict.sourcePorts)} alone`;
    case 'unknown':
      return `delivered; whether it is answered is ${describeUnknown(verdict)}`;
  }
}

/** 0 it works, 1 it does not, or not from every source port, 2 it cannot be told. */
export function exitCodeOf({ delivered, verdict }: BothAnswers): 0 | 1 | 2 {
  if (delivered.kind === 'unknown' || verdict.kind === 'unknown') return 2;
  return verdict.kind === 'always' ? 0 : 1;
}

export function describePorts(ranges: readonly PortRange[]): string {
  return ranges.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`)).join(', ');
}

function describeConnection(verdict: Answer): string {
  if (verdict.kind === 'depends') return `answered to ${describePorts(verdict.sourcePorts)} alone`;
  if (verdict.kind === 'unknown') return describeUnknown(verdict);
  return verdict.kind === 'always' ? 'answered' : 'never answered';
}

function describeUnknown(answer: Extract<Answer, { kind: 'unknown' }>): string {
  const reasons = new Set(answer.causes.map(({ address, reason }) => `${address}: ${reason}`));
  return `unknown: ${[...reasons].join('; ')}`;
}
