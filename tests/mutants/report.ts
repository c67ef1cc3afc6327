/** A run of mutants as people and as programs read it. Pure. */
import type { Outcome } from './judge-run.ts';
import type { Part } from './mutant.ts';

export interface ReportedRow {
  readonly mutant: { readonly id: string; readonly part: Part; readonly breaks: string };
  readonly outcome: Outcome;
  readonly ms: number;
}

export function reportJson(rows: readonly ReportedRow[]): string {
  const notJudged = rows.flatMap(({ mutant: { id }, outcome }) =>
    outcome.kind === 'not-judged' ? [{ id, reason: outcome.reason }] : [],
  );
  const report = {
    total: rows.length,
    killed: count(rows, 'killed'),
    survivors: count(rows, 'survived'),
    rows: rows.map(({ mutant: { id, part, breaks }, outcome, ms }) => ({
      id,
      part,
      breaks,
      killedBy: outcome.kind === 'killed' ? outcome.killedBy : null,
      because: outcome.kind === 'killed' ? outcome.because : null,
      ms,
    })),
    notJudged,
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

export function reportText(rows: readonly ReportedRow[], { ms }: { readonly ms: number }): string {
  const width = Math.max(...rows.map(({ mutant }) => mutant.id.length));
  const lines = rows.map(({ mutant: { id, part }, outcome, ms: own }) =>
    [id.padEnd(width), part.padEnd(8), `${own} ms`.padStart(8), told(outcome)].join('  '),
  );
  const notJudged = count(rows, 'not-judged');
  const last = [
    `${rows.length} planted`,
    `${count(rows, 'killed')} killed`,
    `${count(rows, 'survived')} survived`,
    ...(notJudged === 0 ? [] : [`${notJudged} not judged`]),
  ];
  return [...lines, `${last.join(', ')}, in ${Math.round(ms / 1000)} s`, ''].join('\n');
}

/** 1 where a defect went unseen, 2 where it is not known whether one did. */
export function exitCodeOf(rows: readonly ReportedRow[]): 0 | 1 | 2 {
  if (count(rows, 'survived') > 0) return 1;
  return count(rows, 'not-judged') > 0 ? 2 : 0;
}

function told(outcome: Outcome): string {
  if (outcome.kind === 'killed') return outcome.killedBy;
  return outcome.kind === 'survived' ? 'SURVIVED' : `NOT JUDGED: ${outcome.reason}`;
}

function count(rows: readonly ReportedRow[], kind: Outcome['kind']): number {
  return rows.filter(({ outcome }) => outcome.kind === kind).length;
}
