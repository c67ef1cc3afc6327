/**
 * A policy that allows exactly what gets through today, for a person to cut down. What works is declared, so that it must go
 * on working; what only arrives is optional. Rows that differ in one end alone become one entry. Pure.
 */

import { type Flow, groupNameOf } from '../prove/index.ts';
import type { PortRange } from '../vpc/model.ts';
import { withoutCovered } from './covered-ranges.ts';
import { rangesOf, spanOf, subtract, union } from './port-ranges.ts';
import { isOutside } from './subject.ts';

interface Entry {
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly protocol: string;
  readonly ranges: readonly PortRange[];
  readonly family?: 4 | 6;
  readonly isOptional: boolean;
  readonly remark: string;
}

export interface PolicyText {
  readonly input: string;
  /** Rows of the proof that are to the receiver's public address. */
  readonly byPublicAddress?: readonly Flow[];
}

/** What may get through, or may not, is not allowed in it: it is named at the end. */
export function writePolicy(flows: readonly Flow[], { input, byPublicAddress = [] }: PolicyText): string {
  const told = flows.filter(isTold);
  const open = [...flows, ...byPublicAddress].filter((flow) => !isTold(flow));
  const isDual = told.some(({ family }) => family === 6);
  const written: readonly Written[] = [...told, ...publiclyAlone(told, byPublicAddress.filter(isTold))];
  const entries = [false, true].flatMap((isOptional) => entriesOf(written, { isOptional, isDual }));
  const sections = [
    ['From the internet', entries.filter(({ from }) => from.some(isOutside))],
    ['To the internet', entries.filter(({ from, to }) => !from.some(isOutside) && to.some(isOutside))],
    ['Inside', entries.filter(({ from, to }) => ![...from, ...to].some(isOutside))],
  ] as const;
  const lines = [
    `# What ${oneLine(input)} lets through today. Everything else is denied from now on: ./drydock verify`,
    '# tells what gets through beside it, and what of it stops working. Cut it down to what you mean;',
    '# docs/policy.md says what may stand here. An entry with "optional: true" may be, and need not work.',
    'version: 1',
    // The list is a second opinion on what a policy allows: it advises.
    'builtin: warning',
    entries.length === 0 ? 'allow: []' : 'allow:',
    ...sections.flatMap(([title, own]) =>
      own.length === 0 ? [] : ['', `  # ${title}`, ...own.flatMap(entryLines)],
    ),
    '',
    '# What may never be, whatever is allowed above. For example:',
    '# never:',
    '#   - from: internet',
    '#     to: tier:private',
    ...unknownLines(open),
  ];
  return `${lines.join('\n')}\n`;
}

function isTold({ delivered }: Flow): boolean {
  return delivered.kind !== 'unknown';
}

function unknownLines(flows: readonly Flow[]): readonly string[] {
  if (flows.length === 0) return [];
  const pairs = [...new Set(flows.map(({ from, to }) => `#   ${oneLine(from)} to ${oneLine(to)}`))];
  return ['', '# Not known before apply, and therefore not allowed above:', ...pairs];
}

interface Written extends Flow {
  readonly isByPublicAddress?: true;
}

/** An entry means every address of its ends: pairs of which it says too little have a second one. */
function publiclyAlone(flows: readonly Flow[], byPublicAddress: readonly Flow[]): readonly Written[] {
  const keyOf = (one: Flow, ends: string) => [ends, one.protocol, one.family].join('\n');
  const covering = Map.groupBy(flows, (flow) => keyOf(flow, pairOf(flow)));
  const namesOf = (name: string) => new Set([name, groupNameOf(name)]);
  const isCovered = (flow: Flow) => {
    const pairs = [...namesOf(flow.from)].flatMap((from) =>
      [...namesOf(flow.to)].flatMap((to) => covering.get(keyOf(flow, pairOf({ from, to }))) ?? []),
    );
    return subtract(rangesOf(flow), pairs.flatMap(rangesOf)).length === 0;
  };
  const open = new Set(byPublicAddress.filter((flow) => !isCovered(flow)).map(pairOf));
  return byPublicAddress
    .filter((flow) => open.has(pairOf(flow)))
    .map((flow) => ({ ...flow, isByPublicAddress: true }));
}

const pairOf = ({ from, to }: Pick<Flow, 'from' | 'to'>) => `${from}\n${to}`;

interface Row {
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  readonly ranges: readonly PortRange[];
  readonly family: 4 | 6;
  readonly remark: string;
}

interface EntryOptions {
  readonly isOptional: boolean;
  /** Whether there is IPv6 at all: otherwise nobody asks which family is meant. */
  readonly isDual: boolean;
}

function entriesOf(flows: readonly Written[], { isOptional, isDual }: EntryOptions): readonly Entry[] {
  const rows = withoutCovered(flows, remarkOf)
    .map(rowOf)
    .filter(({ remark }) => (remark !== '') === isOptional);
  const families = groupInto(
    rows,
    ({ family: _, ...rest }) => rest,
    (own) => ({
      ...own[0],
      families: union(own.map(({ family }) => ({ from: family, to: family }))).map(({ from }) => from),
    }),
  );
  const bothEnds = families.map(({ from, to, family, families: known, ...rest }) => ({
    ...rest,
    from: [from],
    to: [to],
    ...(isDual && known.length === 1 && { family }),
  }));
  const whole = allProtocols(bothEnds);
  const byTarget = groupInto(
    whole,
    ({ to, ...rest }) => [to.map(isOutside), rest],
    (own) => ({ ...own[0], to: own.flatMap(({ to }) => to) }),
  );
  const bySource = groupInto(
    byTarget,
    ({ from, ...rest }) => [from.map(isOutside), rest],
    (own) => ({ ...own[0], from: own.flatMap(({ from }) => from) }),
  );
  return bySource.map((entry) => ({ ...entry, isOptional }));
}

function rowOf(flow: Written): Row {
  const { from, to, protocol, family } = flow;
  return { from, to, protocol, family, ranges: rangesOf(flow), remark: remarkOf(flow) };
}

const REMARKS = {
  always: '',
  depends: 'answers come back to some source ports alone',
  never: 'answers are dropped',
  unknown: 'whether answers come back is unknown',
} as const;

function remarkOf(flow: Written): string {
  const texts = [flow.isByPublicAddress ? 'by the public address' : '', answerRemark(flow)];
  return texts.filter((text) => text !== '').join('; ');
}

function answerRemark({ delivered, verdict, codes }: Flow): string {
  // A type stands for all of its codes, and must work for code 0.
  if (codes?.every(({ from }) => from > 0)) {
    return `only codes ${codes.map(({ from, to }) => (from === to ? from : `${from}-${to}`)).join(', ')}`;
  }
  return delivered.kind === 'unknown' ? 'whether packets get there is unknown' : REMARKS[verdict.kind];
}

const NAMED = ['tcp', 'udp', 'icmp'];

/** Rules for all protocols are one entry, and not one for each of 256 numbers. */
function allProtocols<One extends Omit<Entry, 'isOptional'>>(entries: readonly One[]): readonly One[] {
  const pairs = Map.groupBy(entries, ({ from, to, family, remark }) =>
    JSON.stringify([from, to, family, remark]),
  );
  return [...pairs.values()].flatMap((own) => {
    const [first] = own;
    const isWhole = NAMED.every((name) =>
      own.some(({ protocol, ranges }) => protocol === name && subtract([spanOf(name)], ranges).length === 0),
    );
    const numbers = own.filter(({ protocol }) => !NAMED.includes(protocol));
    // Such an entry must work for TCP, UDP and ICMP; the other numbers it allows.
    return isWhole && numbers.length > 0 && first !== undefined
      ? [{ ...first, protocol: 'all', ranges: [] }]
      : own;
  });
}

function groupInto<Item, Merged>(
  items: readonly Item[],
  keyOf: (item: Item) => unknown,
  merge: (own: readonly [Item, ...Item[]]) => Merged,
): readonly Merged[] {
  const groups = Map.groupBy(items, (item) => JSON.stringify(keyOf(item)));
  return [...groups.values()].flatMap(([first, ...rest]) =>
    first === undefined ? [] : [merge([first, ...rest])],
  );
}

function entryLines({ from, to, protocol, ranges, family, isOptional, remark }: Entry): readonly string[] {
  const span = spanOf(protocol);
  const isWhole = ranges.length === 0 || subtract([span], ranges).length === 0;
  const field = protocol === 'icmp' ? 'types' : 'ports';
  return [
    ...(remark === '' ? [] : [`  # ${remark}`]),
    `  - from: ${names(from)}`,
    `    to: ${names(to)}`,
    `    protocol: ${protocol}`,
    ...(isWhole ? [] : [`    ${field}: ${portsValue(protocol === 'icmp' ? singles(ranges) : ranges)}`]),
    ...(family === undefined ? [] : [`    family: ipv${family}`]),
    ...(isOptional ? ['    optional: true'] : []),
  ];
}

/** Types are listed one by one. */
function singles(ranges: readonly PortRange[]): readonly PortRange[] {
  return ranges.flatMap(({ from, to }) =>
    Array.from({ length: to - from + 1 }, (_, index) => ({ from: from + index, to: from + index })),
  );
}

function portsValue(ranges: readonly PortRange[]): string {
  const texts = ranges.map(({ from, to }) => (from === to ? String(from) : `"${from}-${to}"`));
  return texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`;
}

function names(list: readonly string[]): string {
  const texts = list.map(scalar);
  return texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`;
}

/** A name stands as it is where YAML takes nothing in it for its own; a double-quoted scalar is a JSON string. */
function scalar(name: string): string {
  if (/^[\x20-\x7E]*$/.test(name) && name.includes('"') && !name.includes("'")) return `'${name}'`;
  return /^[a-z][\w.-]*$/i.test(name)
    ? name
    : JSON.stringify(name).replaceAll(/[\u007F-\u009F\u2028\u2029]/g, escaped);
}

const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ');
}
