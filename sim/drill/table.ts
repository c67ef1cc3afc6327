/** The drill's rows as a table for people, and the command that runs one of them again. */
import { shellQuote } from '../shell-quote.ts';
import type { DrillRow } from './row.ts';

const columns: readonly { readonly head: string; readonly of: (row: DrillRow) => string }[] = [
  { head: 'fault', of: ({ fault }) => fault },
  { head: 'requests', of: ({ requests }) => String(requests) },
  { head: 'failed', of: ({ failed }) => String(failed) },
  { head: 'lost', of: ({ lostTokens }) => String(lostTokens) },
  { head: 'repeated', of: ({ repeatedTokens }) => String(repeatedTokens) },
  { head: 'truncated', of: ({ truncated }) => String(truncated) },
  { head: 'worst stall', of: ({ worstStallMs }) => `${worstStallMs} ms` },
  { head: 'worst first token', of: ({ worstFirstTokenMs }) => `${worstFirstTokenMs} ms` },
  { head: 'recovery', of: ({ recoveryMs }) => (recoveryMs === null ? 'never' : `${recoveryMs} ms`) },
  { head: 'replay', of: ({ replayMs }) => `${replayMs} ms` },
  { head: 'cut mid-stream', of: ({ cutMidStream }) => String(cutMidStream) },
  { head: 'retried by client', of: ({ retriedByClient }) => String(retriedByClient) },
];

export function drillTable(rows: readonly DrillRow[]): string {
  const cells = [columns.map(({ head }) => head), ...rows.map((row) => columns.map(({ of }) => of(row)))];
  const widths = columns.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  const lines = cells.map((line) =>
    line
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
  return `${lines.join('\n')}\n`;
}

export interface Replay {
  readonly fault: string;
  readonly seed: number;
  readonly requests: number;
  readonly clients: number;
  readonly model: string;
  readonly lostReplies?: number;
}

export function replayCommand({ fault, seed, requests, clients, model, lostReplies }: Replay): string {
  const more = lostReplies === undefined ? '' : ` --lost-replies ${lostReplies}`;
  return `./drydock drill --fault ${fault} --seed ${seed} --requests ${requests} --clients ${clients} --model ${shellQuote(model)}${more}`;
}
