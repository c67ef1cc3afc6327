/** The report for a comment on a change: the verdict, what the internet has to do with it, findings, unknowns. */

import { markdown, markdownCode } from '../../escape.ts';
import type { Finding, Report, Severity } from '../report.ts';
import { reachLines, regionOf } from './reach-lines.ts';
import { counted, verdictText } from './text.ts';

/** A comment has a limit of 65,536 characters, and its reader one of patience. */
const ROWS_MAX = 30;
const PATHS_MAX = 10;
const MARKS: Readonly<Record<Severity, string>> = { error: '**error**', warning: 'warning', note: 'note' };
const SIGNS: Readonly<Record<Report['verdict'], string>> = { holds: '✅', violated: '❌', unknown: '❔' };

export function formatMarkdown(report: Report): string {
  const { summary } = report;
  const parts = [
    `### ${SIGNS[report.verdict]} ${markdown(verdictText(report))}`,
    `${markdownCode(report.input)}: ${countsText(summary)}. Policy: ${markdownCode(report.policy)}.`,
    ...exposureTables(report),
    ...findingsTable(report),
    ...unknownTable(report),
    ...differLine(report),
  ];
  return `${parts.join('\n\n')}\n`;
}

function countsText({ endpoints, flows, errors, warnings, notes, unknown }: Report['summary']): string {
  return [
    counted(endpoints, 'endpoint', 'endpoints'),
    counted(flows, 'flow', 'flows'),
    counted(errors, 'error', 'errors'),
    counted(warnings, 'warning', 'warnings'),
    counted(notes, 'note', 'notes'),
    counted(unknown, 'unknown', 'unknowns'),
  ].join(', ');
}

function exposureTables({ reach }: Report): readonly string[] {
  return (['from-internet', 'to-internet'] as const).map((region) => {
    const isInbound = region === 'from-internet';
    const title = isInbound ? 'What the internet reaches' : 'What reaches the internet';
    const lines = reachLines(reach.filter((row) => regionOf(row) === region));
    const rows = lines.map(({ from, to, traffic, remark }) => [
      markdownCode(from),
      markdownCode(to),
      markdown(traffic),
      markdown(remark),
    ]);
    return table(title, ['from', 'to', 'traffic', ''], rows);
  });
}

function findingsTable({ findings }: Report): readonly string[] {
  if (findings.length === 0) return ['**Findings**: none.'];
  const rows = findings.map(({ id, severity, address, file, line, message }) => [
    MARKS[severity],
    markdownCode(id),
    `${markdownCode(address)}${file === null ? '' : `<br>${markdownCode(`${file}:${line ?? 1}`)}`}`,
    markdown(message),
  ]);
  const paths = findings
    .filter(({ severity, path }) => severity === 'error' && path.length > 0)
    .slice(0, PATHS_MAX);
  return [table('Findings', ['', 'finding', 'where', 'what'], rows), ...paths.map(pathBlock)];
}

function pathBlock({ id, address, path }: Finding): string {
  const steps = path.map((step) => `- ${markdown(step)}`).join('\n');
  return `<details><summary>${markdown(`${id}: ${address}`)}</summary>\n\n${steps}\n\n</details>`;
}

function unknownTable({ unknown }: Report): readonly string[] {
  if (unknown.length === 0) return [];
  const rows = unknown.map(({ address, reason, touches, isInTheWay }) => [
    markdownCode(address),
    markdown(reason),
    markdown(touches),
    isInTheWay ? 'yes' : 'no',
  ]);
  return [table('Unknown', ['what', 'why', 'leaves open', 'in the way'], rows)];
}

function differLine({ differ }: Report): readonly string[] {
  if (differ === undefined) return [];
  const { length } = differ.disagreements;
  return [
    `**Enforced on real packets**: ${differ.probes} probes, ${length === 0 ? 'no disagreement' : `**${length} disagreements**`}.`,
  ];
}

function table(title: string, heads: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return `**${title}**: nothing.`;
  const shown = rows.slice(0, ROWS_MAX);
  const more = rows.length > shown.length ? `\n\n… and ${rows.length - shown.length} more.` : '';
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return (
    [`**${title}**`, '', line(heads), line(heads.map(() => '---')), ...shown.map(line)].join('\n') + more
  );
}
