/**
 * The report as JUnit XML, as build servers read it: a suite for each group of findings, a case for each kind, which fails where
 * errors of the kind were found. Warnings and notes are output of a case that passes; unknowns in the way are errors.
 */

import { xml } from '../../escape.ts';
import { type FindingKind, findingKinds } from '../finding-kinds.ts';
import type { Finding, Report } from '../report.ts';

const SUITES: Readonly<Record<FindingKind['group'], string>> = {
  policy: 'policy',
  builtin: 'builtin',
  differ: 'differ',
  advice: 'advice',
};

interface Suite {
  readonly name: string;
  readonly cases: readonly Case[];
}

interface Case {
  readonly name: string;
  readonly failures: readonly Finding[];
  readonly remarks: readonly Finding[];
  readonly errors: readonly string[];
}

export function formatJunit(report: Report): string {
  const suites = suitesOf(report);
  const total = countsOf(suites.flatMap(({ cases }) => cases));
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="drydock verify" ${total}>`,
    ...suites.flatMap(({ name, cases }) => [
      `  <testsuite name="${xml(name)}" ${countsOf(cases)}>`,
      ...cases.flatMap((one) => caseLines(name, one)),
      '  </testsuite>',
    ]),
    '</testsuites>',
  ];
  return `${lines.join('\n')}\n`;
}

function suitesOf(report: Report): readonly Suite[] {
  const groups = Object.entries(SUITES)
    .filter(([group]) => isJudged(report, group))
    .map(([group, name]): Suite => {
      const kinds = Object.entries(findingKinds).filter(([, kind]) => kind.group === group);
      return { name, cases: kinds.map(([id]) => caseOf(id, report.findings)) };
    });
  const errors = report.unknown
    .filter(({ isInTheWay }) => isInTheWay)
    .map(({ address, reason, touches }) => `${address}: ${reason}; it leaves open: ${touches}`);
  return [
    ...groups,
    {
      name: 'unknown',
      cases: [{ name: 'nothing unknown is in the way', failures: [], remarks: [], errors }],
    },
  ];
}

/** What was not asked has not passed. */
function isJudged({ policy, differ }: Report, group: string): boolean {
  if (group === 'policy') return policy !== 'builtin';
  return group !== 'differ' || differ !== undefined;
}

function caseOf(id: string, findings: readonly Finding[]): Case {
  const own = findings.filter((one) => one.id === id);
  return {
    name: id,
    failures: own.filter(({ severity }) => severity === 'error'),
    remarks: own.filter(({ severity }) => severity !== 'error'),
    errors: [],
  };
}

/** A case fails once, however much is wrong in it. */
function countsOf(cases: readonly Case[]): string {
  const failures = cases.filter((one) => one.failures.length > 0).length;
  const errors = cases.filter((one) => one.errors.length > 0).length;
  return `tests="${cases.length}" failures="${failures}" errors="${errors}"`;
}

function caseLines(suite: string, { name, failures, remarks, errors }: Case): readonly string[] {
  const open = `    <testcase classname="${xml(suite)}" name="${xml(name)}"`;
  if (failures.length + remarks.length + errors.length === 0) return [`${open}/>`];
  return [
    `${open}>`,
    ...failure('failure', failures.map(textOf)),
    ...failure('error', errors),
    ...(remarks.length === 0 ? [] : [`      <system-out>${xmlLines(remarks.map(textOf))}</system-out>`]),
    '    </testcase>',
  ];
}

function failure(element: 'failure' | 'error', texts: readonly string[]): readonly string[] {
  const [first] = texts;
  if (first === undefined) return [];
  const [head = ''] = first.split('\n');
  const message = texts.length === 1 ? head : `${head} (and ${texts.length - 1} more)`;
  return [`      <${element} message="${xml(message)}">${xmlLines(texts)}</${element}>`];
}

function xmlLines(texts: readonly string[]): string {
  return texts
    .flatMap((text) => text.split('\n'))
    .map(xml)
    .join('\n');
}

function textOf({ address, file, line, message, path }: Finding): string {
  const place = file === null ? '' : ` (${file}:${line ?? 1})`;
  const head = `${address}${place}: ${message}`.replaceAll('\n', '\\n');
  return [head, ...path.map((step) => `  ${step.replaceAll('\n', '\\n')}`)].join('\n');
}
