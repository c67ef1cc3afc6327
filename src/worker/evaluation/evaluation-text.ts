/** An evaluation for people: the positions that surprised the model most, the mean, and what it comes to as perplexity. */

import type { Evaluation } from './evaluate-ids.ts';

const rowsShown = 10;
const headings = ['position', 'next id', 'nll', 'argmax', 'top five (id: logprob)'];

export function evaluationText({ ids, rows, meanNll }: Evaluation): string {
  const scored = rows.flatMap((row, position) =>
    row.nll === null ? [] : [{ ...row, nll: row.nll, position }],
  );
  const hits = scored.filter(({ argmax, position }) => argmax === ids[position + 1]).length;
  const worst = scored.toSorted((one, other) => other.nll - one.nll).slice(0, rowsShown);
  const cells = worst
    .sort((one, other) => one.position - other.position)
    .map(({ position, nll, argmax, top }) => [
      String(position),
      String(ids[position + 1]),
      nll.toFixed(4),
      String(argmax),
      top.map(({ id, logprob }) => `${id}: ${logprob.toFixed(3)}`).join('  '),
    ]);
  const table = [headings, ...cells];
  const widths = headings.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return [
    scored.length > rowsShown ? `The ${rowsShown} least likely of ${scored.length} tokens:` : 'Every token:',
    ...table.map((row) =>
      `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
    ),
    '',
    `tokens          ${ids.length} (${scored.length} likelihoods)`,
    `mean NLL        ${meanNll.toFixed(4)}`,
    `perplexity      ${Math.exp(meanNll).toFixed(3)}`,
    `argmax is next  ${hits} of ${scored.length} (${((100 * hits) / scored.length).toFixed(1)} %)`,
    '',
  ].join('\n');
}
