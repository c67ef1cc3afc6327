/**
 * The verdicts between two names, packet by packet: every pair of members is judged at every source port that a network
 * ACL tells from its neighbour, and pairs that fare alike are told once, with packets that show it.
 */

import type { PortRange, UnknownCause, VpcModel } from '../vpc/model.ts';
import { INTERNET, namedBlocks, outsideRanges } from './internet-ranges.ts';
import { judge } from './judge.ts';
import { causesOf } from './layer.ts';
import { distinct } from './network-acl-verdict.ts';
import { endsOf, type NamedParties, type NamedParty, partiesOf } from './parties.ts';
import { cutAt, joinRanges, SOURCE_PORTS } from './port-ranges.ts';
import { type PreparedModel, preparedFrom } from './prepared-model.ts';
import type { Answer, Family, Judgement, Packet, Traffic } from './verdict.ts';

export interface VerdictQuestion {
  readonly from: string;
  readonly to: string;
  /** `icmp` is an echo request. */
  readonly protocol: 'tcp' | 'udp' | 'icmp' | number;
  /** Needed for tcp and udp. */
  readonly port?: number;
  /** Absent: IPv4 where both have it, else IPv6. */
  readonly family?: Family;
}

export interface JudgedPacket {
  readonly packet: Packet;
  /** Source ports that fare as this one; absent for protocols without. */
  readonly sourcePorts?: readonly PortRange[];
  readonly judgement: Judgement;
}

/** Pairs of members that fare alike. */
export interface ExplainedClass {
  readonly pairs: readonly { readonly from: string; readonly to: string }[];
  readonly family?: Family;
  readonly delivered: Answer;
  readonly verdict: Answer;
  /** One for each way that source ports make a difference; empty where a place is unknown or no address is shared. */
  readonly judgements: readonly JudgedPacket[];
}

export interface VerdictExplanation {
  /** Of every pair; where they differ, the one that promises least: never, depends, unknown, always. */
  readonly delivered: Answer;
  readonly verdict: Answer;
  readonly isUniform: boolean;
  readonly classes: readonly ExplainedClass[];
}

const NEVER: Answer = { kind: 'never' };
const PROMISE: readonly Answer['kind'][] = ['never', 'depends', 'unknown', 'always'];
const ECHO: Readonly<Record<Family, number>> = { 4: 8, 6: 128 };

/** @throws {DrydockError} SIM_ENDPOINT_UNKNOWN */
export function explainVerdicts(
  model: VpcModel | PreparedModel,
  question: VerdictQuestion,
): VerdictExplanation {
  const prepared = preparedFrom(model);
  const [from, to] = [meantBy(prepared, question.from), meantBy(prepared, question.to)];
  const starts = aclPortStarts(prepared);
  // The internet speaks both families, and so does the question about it.
  const isWide = question.from === INTERNET || question.to === INTERNET;
  const families = question.family === undefined && isWide ? ([4, 6] as const) : [question.family];
  const explained = families.flatMap((family) => {
    const asked = { ...question, ...(family !== undefined && { family }) };
    return pairsOf(from, to).map((pair) => explainPair(prepared, pair, { question: asked, starts }));
  });
  // A part of the internet, or a family, that the other end cannot have is no answer, where there is another.
  const possible = explained.filter(({ family }) => family !== undefined);
  const judged = isWide && possible.length > 0 ? possible : explained;
  const classes = alike([...judged, ...unplacedClasses(from, to)]);
  return {
    delivered: least(classes.map(({ delivered }) => delivered)),
    verdict: least(classes.map(({ verdict }) => verdict)),
    isUniform:
      new Set(classes.map(({ delivered, verdict }) => JSON.stringify([delivered, verdict]))).size <= 1,
    classes,
  };
}

/** `internet` is asked about with every part of it that a rule or a route singles out. */
function meantBy(prepared: PreparedModel, name: string): NamedParties {
  const named = partiesOf(prepared, name);
  if (name !== INTERNET) return named;
  const ranges = outsideRanges(prepared.model, namedBlocks(prepared.model));
  const parts = new Set(ranges.filter(({ services }) => services.length === 0).map((range) => range.name));
  parts.delete(INTERNET);
  return {
    ...named,
    parties: [...named.parties, ...[...parts].flatMap((part) => partiesOf(prepared, part).parties)],
  };
}

/** Every start of a run of ports that all network ACLs treat alike. */
export function aclPortStarts(prepared: PreparedModel): readonly number[] {
  const rules = prepared.model.networkAcls.flatMap(({ ingress, egress }) => [...ingress, ...egress]);
  return rules.flatMap(({ ports }) => (ports === undefined ? [] : [ports.from, ports.to + 1]));
}

interface Pair {
  readonly from: NamedParty;
  readonly to: NamedParty;
}

function pairsOf(from: NamedParties, to: NamedParties): readonly Pair[] {
  const isSame = (one: NamedParty, other: NamedParty) => one.id !== undefined && one.id === other.id;
  const pairs = from.parties.flatMap((one) => to.parties.map((other) => ({ from: one, to: other })));
  const apart = pairs.filter((pair) => !isSame(pair.from, pair.to));
  return apart.length > 0 ? apart : pairs;
}

function explainPair(
  prepared: PreparedModel,
  pair: Pair,
  { question, starts }: { readonly question: VerdictQuestion; readonly starts: readonly number[] },
): ExplainedClass {
  const pairs = [{ from: pair.from.name, to: pair.to.name }];
  const families = question.family === undefined ? ([4, 6] as const) : [question.family];
  const family = families.find((one) => endsOf(pair.from, pair.to, one) !== undefined);
  const ends = family === undefined ? undefined : endsOf(pair.from, pair.to, family);
  if (family === undefined || ends === undefined) {
    return { pairs, delivered: NEVER, verdict: NEVER, judgements: [] };
  }
  const runs = hasPorts(question) ? cutAt(SOURCE_PORTS, starts) : [undefined];
  const judged = runs.map((run) => {
    const packet: Packet = { ...ends, traffic: trafficFrom(question, { family, sourcePort: run?.from }) };
    return { run, packet, judgement: judge(prepared, packet) };
  });
  const delivered = answerOf(
    judged.map(({ run, judgement }) => ({ run, judgement, says: judgement.delivered })),
  );
  const verdict = answerOf(
    judged.map(({ run, judgement }) => ({ run, judgement, says: judgement.answered })),
  );
  return { pairs, family, delivered, verdict, judgements: representatives(judged) };
}

interface Run {
  readonly run: PortRange | undefined;
  readonly judgement: Judgement;
}

function answerOf(runs: readonly (Run & { readonly says: Judgement['answered'] })[]): Answer {
  const open = runs.filter(({ says }) => says === 'unknown');
  if (open.length > 0) {
    const layers = open.flatMap(({ judgement }) => [...judgement.forward, ...judgement.back]);
    return {
      kind: 'unknown',
      causes: distinct(layers.flatMap((layer): readonly UnknownCause[] => causesOf(layer))),
    };
  }
  const yes = runs.filter(({ says }) => says === 'yes');
  if (yes.length === 0) return NEVER;
  if (yes.length === runs.length) return { kind: 'always' };
  return { kind: 'depends', sourcePorts: joinRanges(yes.flatMap(({ run }) => run ?? [])) };
}

function representatives(judged: readonly (Run & { readonly packet: Packet })[]): readonly JudgedPacket[] {
  const groups = new Map<string, { first: (typeof judged)[number]; runs: PortRange[] }>();
  for (const one of judged) {
    const key = `${one.judgement.delivered} ${one.judgement.answered}`;
    const group = groups.get(key) ?? { first: one, runs: [] };
    if (one.run !== undefined) group.runs.push(one.run);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ first: { packet, judgement }, runs }) => ({
    packet,
    ...(runs.length > 0 && { sourcePorts: joinRanges(runs) }),
    judgement,
  }));
}

function hasPorts({ protocol }: VerdictQuestion): boolean {
  return protocol === 'tcp' || protocol === 'udp';
}

function trafficFrom(
  { protocol, port }: VerdictQuestion,
  { family, sourcePort }: { readonly family: Family; readonly sourcePort: number | undefined },
): Traffic {
  if (protocol === 'icmp') return { protocol, type: ECHO[family], code: 0 };
  if (typeof protocol === 'number') return { protocol };
  if (port === undefined || sourcePort === undefined) throw new TypeError(`${protocol} has a port`);
  return { protocol, port, sourcePort };
}

function unplacedClasses(from: NamedParties, to: NamedParties): readonly ExplainedClass[] {
  const names = (named: NamedParties) => [
    ...named.parties.map(({ name }) => ({ name, causes: [] as readonly UnknownCause[] })),
    ...named.unplaced.map(({ endpoint, cause }) => ({ name: endpoint, causes: [cause] })),
  ];
  return names(from).flatMap((one) =>
    names(to).flatMap((other): readonly ExplainedClass[] => {
      const causes = distinct([...one.causes, ...other.causes]);
      if (causes.length === 0 || one.name === other.name) return [];
      const open: Answer = { kind: 'unknown', causes };
      return [
        { pairs: [{ from: one.name, to: other.name }], delivered: open, verdict: open, judgements: [] },
      ];
    }),
  );
}

function alike(explained: readonly ExplainedClass[]): readonly ExplainedClass[] {
  const classes = new Map<string, ExplainedClass>();
  for (const one of explained) {
    const key = JSON.stringify([one.family, one.delivered, one.verdict]);
    const known = classes.get(key);
    classes.set(key, known === undefined ? one : { ...known, pairs: [...known.pairs, ...one.pairs] });
  }
  return [...classes.values()];
}

function least(answers: readonly Answer[]): Answer {
  const [first = NEVER, ...rest] = answers;
  return rest.reduce(
    (worst, next) => (PROMISE.indexOf(next.kind) < PROMISE.indexOf(worst.kind) ? next : worst),
    first,
  );
}
