/**
 * Two proofs held against each other: what the later one opens, closes or breaks. Exact by port: a range that grows shows
 * only what it grew by. Flows are compared by the names of their ends, so that an endpoint that is new opens all of its.
 */

import type { Answer, Flow, Proof } from '../prove/index.ts';
import type { PortRange } from '../vpc/model.ts';

export type ChangeKind = 'opened' | 'closed' | 'changed';

export interface Change {
  readonly kind: ChangeKind;
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  readonly family: 4 | 6;
  readonly ports: readonly PortRange[];
  /** Absent: the first packet was not delivered. */
  readonly before?: BothAnswers;
  readonly after?: BothAnswers;
}

export interface BothAnswers {
  readonly delivered: Answer;
  readonly verdict: Answer;
}

const NO_PORTS: readonly PortRange[] = [{ from: 0, to: 0 }];

/** In a stable order: what opens comes first. */
export function compareProofs(before: Proof, after: Proof): readonly Change[] {
  const [old, young] = [byPair(allFlows(before)), byPair(allFlows(after))];
  const keys = [...new Set([...old.keys(), ...young.keys()])].sort();
  const changes = keys.flatMap((key) => comparePair(old.get(key) ?? [], young.get(key) ?? []));
  const order: readonly ChangeKind[] = ['opened', 'changed', 'closed'];
  return order.flatMap((kind) => changes.filter((change) => change.kind === kind));
}

/** Packets to a public address of ours are a pair of their own. */
function allFlows({ flows, byPublicAddress }: Proof): readonly Flow[] {
  return [...flows, ...byPublicAddress.map((flow) => ({ ...flow, to: `${flow.to} (public address)` }))];
}

/** Member rows of one group and its bare row speak of the same packets: bare rows are what both sides are brought to. */
function byPair(flows: readonly Flow[]): ReadonlyMap<string, readonly Flow[]> {
  return Map.groupBy(flows, ({ from, to, protocol, family }) => JSON.stringify([from, to, protocol, family]));
}

function comparePair(before: readonly Flow[], after: readonly Flow[]): readonly Change[] {
  const [sample] = [...before, ...after];
  if (sample === undefined) return [];
  const { from, to, protocol, family } = sample;
  const starts = [
    ...new Set(
      [...before, ...after].flatMap((flow) => rangesOf(flow).flatMap((range) => [range.from, range.to + 1])),
    ),
  ].sort((left, right) => left - right);
  const found: Change[] = [];
  for (const [index, start] of starts.entries()) {
    const end = (starts[index + 1] ?? start + 1) - 1;
    const [was, is] = [answersAt(before, start), answersAt(after, start)];
    const kind = changeOf(was, is);
    if (kind === undefined) continue;
    const range = { from: start, to: end };
    const last = found.at(-1);
    if (last !== undefined && canJoin(last, { kind, was, is }, start)) {
      found[found.length - 1] = {
        ...last,
        ports: [...last.ports.slice(0, -1), joined(last.ports.at(-1), range)],
      };
      continue;
    }
    const hasPorts = [...before, ...after].some(({ ports }) => ports.length > 0);
    found.push({
      kind,
      from,
      to,
      protocol,
      family,
      ports: hasPorts ? [range] : [],
      ...(was !== undefined && { before: was }),
      ...(is !== undefined && { after: is }),
    });
  }
  return found;
}

function rangesOf({ ports }: Flow): readonly PortRange[] {
  return ports.length === 0 ? NO_PORTS : ports;
}

function answersAt(flows: readonly Flow[], port: number): BothAnswers | undefined {
  const flow = flows.find((one) => rangesOf(one).some(({ from, to }) => from <= port && port <= to));
  return flow && { delivered: flow.delivered, verdict: flow.verdict };
}

function changeOf(before: BothAnswers | undefined, after: BothAnswers | undefined): ChangeKind | undefined {
  if (before === undefined) return after === undefined ? undefined : 'opened';
  if (after === undefined) return 'closed';
  return JSON.stringify(before) === JSON.stringify(after) ? undefined : 'changed';
}

function canJoin(
  last: Change,
  next: {
    readonly kind: ChangeKind;
    readonly was: BothAnswers | undefined;
    readonly is: BothAnswers | undefined;
  },
  start: number,
): boolean {
  const isSame =
    last.kind === next.kind &&
    JSON.stringify([last.before, last.after]) === JSON.stringify([next.was, next.is]);
  return isSame && last.ports.at(-1)?.to === start - 1;
}

function joined(last: PortRange | undefined, next: PortRange): PortRange {
  return { from: last?.from ?? next.from, to: next.to };
}
