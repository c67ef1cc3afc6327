/** The report for a terminal: short for a small network, summed up for a large one. Nothing in it acts on the terminal. */

import { visible } from '../../escape.ts';
import type { Finding, Report, Severity } from '../report.ts';
import { endpointsByTier, type TierLines } from './endpoint-lines.ts';
import { type ReachLine, reachLines, regionOf } from './reach-lines.ts';

/** What still fits a screen or two. The JSON has everything. */
const ROWS_MAX = 40;
const FINDINGS_MAX = 25;
const MARKS: Readonly<Record<Severity, string>> = { error: 'ERROR', warning: 'warning', note: 'note' };

export function formatText(report: Report): string {
  const lines = [
    ...heading(report),
    ...internetSection(report, 'from-internet'),
    ...internetSection(report, 'to-internet'),
    ...tierSection(endpointsByTier(report)),
    ...insideSection(report),
    ...findingsSection(report),
    ...unknownSection(report),
    ...differSection(report),
    '',
    verdictText(report),
  ];
  return `${lines.map((line) => visible(line)).join('\n')}\n`;
}

function heading({ input, policy, endpoints }: Report): readonly string[] {
  const count = (values: readonly (string | null)[]) =>
    new Set(values.filter((value) => value !== null)).size;
  const parts = [
    counted(count(endpoints.map(({ vpc }) => vpc)), 'VPC', 'VPCs'),
    counted(count(endpoints.map(({ subnet }) => subnet)), 'subnet in use', 'subnets in use'),
    counted(count(endpoints.map(({ availabilityZone }) => availabilityZone)), 'zone', 'zones'),
    counted(endpoints.length, 'endpoint', 'endpoints'),
  ];
  const imagined = endpoints.filter(({ isImagined }) => isImagined).length;
  const note =
    imagined === 0
      ? []
      : [
          `${imagined} of the endpoints are imagined: one for each subnet and security group that nothing stands in yet.`,
        ];
  return [`${input}: ${parts.join(', ')}; policy: ${policy}`, ...note];
}

function internetSection(report: Report, region: 'from-internet' | 'to-internet'): readonly string[] {
  const isInbound = region === 'from-internet';
  const rows = reachLines(report.reach.filter((row) => regionOf(row) === region));
  const title = isInbound ? 'What the internet reaches' : 'What reaches the internet';
  const cells = rows.map(({ from, to, traffic, remark }) => {
    const [own, other] = isInbound ? [to, from] : [from, to];
    const who = other === 'internet' ? '' : `${isInbound ? 'from' : 'to'} ${other}`;
    return [own, traffic, [who, remark].filter((text) => text !== '').join('; ')];
  });
  return section(title, cells, 'nothing');
}

function tierSection(groups: readonly TierLines[]): readonly string[] {
  const total = groups.reduce((sum, { endpoints }) => sum + endpoints.length, 0);
  const rows = groups.flatMap(({ tier, endpoints }) => {
    if (total <= ROWS_MAX) {
      return endpoints.map(({ name, kind, members, subnets }, index) => [
        index === 0 ? tier : '',
        members === 1 ? name : `${name} (${members})`,
        kind,
        subnets.length <= 2 ? subnets.join(', ') : `${subnets.length} subnets`,
      ]);
    }
    const kinds = [...Map.groupBy(endpoints, ({ kind }) => kind)].map(([kind, own]) =>
      counted(
        own.reduce((sum, { members }) => sum + members, 0),
        kind,
        kind,
      ),
    );
    return [[tier, kinds.join(', ')]];
  });
  return section('Endpoints by tier', rows, 'none');
}

function insideSection({ reach }: Report): readonly string[] {
  const lines = reachLines(reach.filter((row) => regionOf(row) === 'inside'));
  const cells = joinTargets(lines).map(({ from, to, traffic, remark }) => [from, `→ ${to}`, traffic, remark]);
  return section('Inside', cells, 'nothing reaches anything');
}

/** A sender that has the same traffic to several is told once, with as many names on a line as fit. */
function joinTargets(lines: readonly ReachLine[]): readonly ReachLine[] {
  const alike = Map.groupBy(lines, ({ from, traffic, remark }) => [from, traffic, remark].join('\n'));
  return [...alike.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const joined = group.map(({ to }) => to).join(', ');
    if (joined.length <= WIDTH_MAX - 2) return [{ ...first, to: joined }];
    return group.map((line, index) => (index === 0 ? line : { ...line, from: '' }));
  });
}

function findingsSection({ findings, summary }: Report): readonly string[] {
  const { errors, warnings, notes } = summary;
  const counts = [
    counted(errors, 'error', 'errors'),
    counted(warnings, 'warning', 'warnings'),
    counted(notes, 'note', 'notes'),
  ];
  if (findings.length === 0) return ['', 'Findings: none'];
  const shown = findings
    .filter(({ severity }, index) => severity === 'error' || index < FINDINGS_MAX)
    .slice(0, 4 * FINDINGS_MAX);
  const rest = findings.length - shown.length;
  return [
    '',
    `Findings: ${counts.join(', ')}`,
    ...shown.flatMap(findingLines),
    ...(rest > 0 ? [`  … and ${rest} more: --format json has them all`] : []),
  ];
}

function findingLines({ id, severity, address, file, line, message, path }: Finding): readonly string[] {
  const place = file === null ? '' : `  ${file}:${line ?? 1}`;
  return [
    `  ${MARKS[severity].padEnd(7)} ${id}  ${address}${place}`,
    `          ${message}`,
    // An error is worth its path; the rest have theirs in the JSON.
    ...(severity === 'error' ? path.map((step) => `            ${step}`) : []),
  ];
}

function unknownSection({ unknown }: Report): readonly string[] {
  if (unknown.length === 0) return [];
  const rows = unknown.map(({ address, reason, touches, isInTheWay, file, line }) => [
    `${address}${file === null ? '' : ` (${file}:${line ?? 1})`}: ${reason}`,
    `leaves open: ${touches}${isInTheWay ? '; in the way of a verdict' : ''}`,
  ]);
  const shown = rows.slice(0, FINDINGS_MAX);
  return [
    '',
    `Unknown: ${unknown.length}`,
    ...shown.flatMap(([what = '', touches = '']) => [`  ${what}`, `    ${touches}`]),
    ...(rows.length > shown.length
      ? [`  … and ${rows.length - shown.length} more: --format json has them all`]
      : []),
  ];
}

function differSection({ differ }: Report): readonly string[] {
  if (differ === undefined) return [];
  const kinds = Object.entries(differ.byProtocol).map(([protocol, count]) => `${count} ${protocol}`);
  const result =
    differ.probes === 0
      ? 'nothing could be held against packets'
      : differ.disagreements.length === 0
        ? 'proof and packets agree on every one'
        : `PROOF AND PACKETS DISAGREE on ${differ.disagreements.length}`;
  return ['', `Enforced on real packets: ${differ.probes} probes (${kinds.join(', ')}); ${result}`];
}

export function verdictText({ verdict, policy, summary }: Report): string {
  const whose = policy === 'builtin' ? 'the builtin list' : policy;
  if (verdict === 'holds')
    return `Holds: ${policy === 'builtin' ? 'nothing of the builtin list is found' : `the network is what ${whose} says`}.`;
  if (verdict === 'violated')
    return `Does not hold: ${counted(summary.errors, 'violation', 'violations')} of ${whose}.`;
  return `Cannot be told: ${counted(summary.unknownInTheWay, 'unknown is', 'unknowns are')} in the way, and nothing else.`;
}

function section(title: string, rows: readonly (readonly string[])[], nothing: string): readonly string[] {
  const shown = rows.slice(0, ROWS_MAX);
  const more =
    rows.length > shown.length
      ? [`  … and ${rows.length - shown.length} more: --format json has them all`]
      : [];
  return ['', title, ...(rows.length === 0 ? [`  ${nothing}`] : aligned(shown)), ...more];
}

const WIDTH_MAX = 60;

function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const columns = Math.max(...rows.map(({ length }) => length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.min(WIDTH_MAX, Math.max(...rows.map((row) => visible(row[column] ?? '').length))),
  );
  return rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  );
}

export function counted(count: number, one: string, several: string): string {
  return `${count} ${count === 1 ? one : several}`;
}
