/** The verdicts of security groups and network ACLs towards an address, for all traffic at once, each worked out once. */

import type { NatGateway, NetworkInterface, Subnet, UnknownCause, VpcModel } from '../vpc/model.ts';
import type { AddressKey } from './address-keys.ts';
import { ALLOW, DENY } from './cause-sets.ts';
import { type CidrNode, type CidrTree, isWithinBlock } from './cidr-tree.ts';
import { type Line, pieces, rememberedJoin, replaced } from './lines.ts';
import { type Books, lineOfAcl, lineOfGroups, type SpanningRule } from './rule-lines.ts';
import { type AxisSpan, spansOfRule, TCP_AXIS, UDP_AXIS } from './traffic-axis.ts';

export interface Filters {
  /** Interfaces with the same profile have the same groups, and the same doubt about them. */
  readonly profileOf: (one: NetworkInterface) => number;
  readonly groups: (profile: number, direction: Direction, key: AddressKey) => Line;
  readonly acl: (subnet: Subnet, direction: Direction, key: AddressKey) => Line;
  /** The same towards the ports that AWS chooses for a NAT gateway. */
  readonly aclForNat: (
    subnet: Subnet,
    direction: Direction,
    question: { key: AddressKey; nat: NatGateway },
  ) => Line;
}

type Direction = 'ingress' | 'egress';
type Matched = (key: AddressKey) => readonly UnknownCause[] | undefined;

interface MatchingRule {
  readonly spans: Readonly<Record<4 | 6, readonly AxisSpan[]>>;
  readonly action: 'allow' | 'deny';
  /** Undefined: it does not mean the address. Else why it perhaps does not. */
  readonly matched: Matched;
}

interface MatchedRule extends SpanningRule {
  readonly index: number;
  readonly action: 'allow' | 'deny';
}

interface AclRule extends MatchingRule {
  readonly address: string;
}

export function filtersOf(model: VpcModel, tree: CidrTree, books: Books): Filters {
  const { lines, causes } = books;
  const either = rememberedJoin(lines, causes.either);
  const profiles = profileBook();
  const groupRules = rulesOfGroups(model, tree);
  const aclRules = rulesOfAcls(model, tree);
  const [profileLines, groupLines, aclLines] = [keyCache(), keyCache(), keyCache()];
  const [groupShapes, aclShapes] = [shapeCache(books), shapeCache(books)];
  const natLines = new Map<string, Line>();
  const rows = rowNumbers();

  const ofGroup = (group: string, direction: Direction, key: AddressKey): Line => {
    const name = `${group} ${direction}`;
    return groupLines(rows.ofName(name), key, () => {
      const rules = matching(groupRules.get(name) ?? [], key);
      return groupShapes(`${name} ${key.node.cidr.family}`, rules, () => lineOfGroups(books, rules));
    });
  };

  const groups: Filters['groups'] = (profile, direction, key) =>
    profileLines(2 * profile + side(direction), key, () => {
      const { groups: carried, doubt } = profiles.get(profile);
      if (carried.length === 0 && doubt === undefined) return lines.constant(ALLOW);
      const start = lines.constant(doubt === undefined ? DENY : causes.unknown([doubt]));
      return carried.reduce((sum, group) => either(sum, ofGroup(group, direction, key)), start);
    });

  const acl: Filters['acl'] = (subnet, direction, key) => {
    const doubt = subnet.uncertain?.networkAcl;
    if (doubt !== undefined) return lines.constant(causes.unknown([doubt]));
    return aclLines(rows.ofAcl(subnet, direction), key, () => {
      const name = `${subnet.networkAcl} ${direction}`;
      const rules = matching(demandRules(aclRules, name), key);
      return aclShapes(`${name} ${key.node.cidr.family}`, rules, () => lineOfAcl(books, rules));
    });
  };

  const aclForNat: Filters['aclForNat'] = (subnet, direction, { key, nat }) => {
    const name = `${subnet.address} ${direction} ${key.id} ${nat.address}`;
    const found = natLines.get(name);
    if (found !== undefined) return found;
    const rules = subnet.uncertain?.networkAcl
      ? []
      : demandRules(aclRules, `${subnet.networkAcl} ${direction}`);
    const over = (line: Line, axis: AxisSpan) => overNatPorts(books, line, { axis, rules, subnet, nat, key });
    const line = over(over(acl(subnet, direction, key), TCP_AXIS), UDP_AXIS);
    natLines.set(name, line);
    return line;
  };

  return { profileOf: profiles.of, groups, acl, aclForNat };
}

const NAT_PORT_MIN = 1024;

/** What holds for each of the ports; where they differ, nobody knows which AWS will choose. */
function overNatPorts(
  { lines, causes }: Books,
  line: Line,
  asked: { axis: AxisSpan; rules: readonly AclRule[]; subnet: Subnet; nat: NatGateway; key: AddressKey },
): Line {
  const { axis, rules, subnet, nat, key } = asked;
  const ports = { first: axis.first + NAT_PORT_MIN, last: axis.last };
  const values = [...new Set(pieces(line, ports).map(({ value }) => value))];
  const [only] = values;
  if (only !== undefined && values.length === 1) return replaced(lines, line, { ...axis, value: only });
  const family = key.node.cidr.family;
  const divider = rules.find(
    (rule) => rule.matched(key) !== undefined && rule.spans[family].some((span) => cuts(span, ports)),
  );
  const cause: UnknownCause = {
    address: nat.address,
    reason: `AWS chooses its source port, and ${divider?.address ?? subnet.networkAcl} tells ports apart`,
    ...(nat.place !== undefined && { place: nat.place }),
  };
  const value = causes.unknown([cause, ...values.flatMap((each) => causes.causes(each))]);
  return replaced(lines, line, { ...axis, value });
}

function cuts(span: AxisSpan, ports: AxisSpan): boolean {
  const meets = span.first <= ports.last && span.last >= ports.first;
  return meets && (span.first > ports.first || span.last < ports.last);
}

function matching(rules: readonly MatchingRule[], key: AddressKey): readonly MatchedRule[] {
  const found: MatchedRule[] = [];
  for (const [index, { spans, action, matched }] of rules.entries()) {
    const causes = matched(key);
    if (causes !== undefined) found.push({ index, spans: spans[key.node.cidr.family], causes, action });
  }
  return found;
}

function rulesOfGroups(model: VpcModel, tree: CidrTree): ReadonlyMap<string, readonly MatchingRule[]> {
  const vpcs = new Map(model.securityGroups.map(({ address, vpc }) => [address, vpc]));
  const lists = model.securityGroups.flatMap((group) =>
    (['ingress', 'egress'] as const).map((direction) => {
      const rules = group[direction].map((rule): MatchingRule => {
        const own = rule.uncertain === undefined ? [] : [rule.uncertain];
        return { ...spansOf(rule), action: 'allow', matched: matchedPeer(rule.peer, { own, vpcs, tree }) };
      });
      return [`${group.address} ${direction}`, rules] as const;
    }),
  );
  return new Map(lists);
}

function matchedPeer(
  peer: VpcModel['securityGroups'][number]['ingress'][number]['peer'],
  { own, vpcs, tree }: { own: readonly UnknownCause[]; vpcs: ReadonlyMap<string, string>; tree: CidrTree },
): Matched {
  if (peer.kind === 'any') return () => own;
  if (peer.kind !== 'security-group') {
    const blocks = (peer.kind === 'cidr' ? [peer.cidr] : peer.cidrs).map((text) => blockOf(tree, text));
    return (key) => (blocks.some((block) => isWithinBlock(key.node, block)) ? own : undefined);
  }
  const vpc = vpcs.get(peer.address) ?? '';
  return (key) => {
    if (key.groups.has(peer.address)) return own;
    const doubt = key.possible.get(vpc);
    return doubt === undefined ? undefined : [...own, doubt];
  };
}

function rulesOfAcls(model: VpcModel, tree: CidrTree): ReadonlyMap<string, readonly AclRule[]> {
  const lists = model.networkAcls.flatMap((acl) =>
    (['ingress', 'egress'] as const).map((direction) => {
      const rules = acl[direction].map((rule): AclRule => {
        const own = rule.uncertain === undefined ? [] : [rule.uncertain];
        const block = blockOf(tree, rule.cidr);
        const matched: Matched = (key) => (isWithinBlock(key.node, block) ? own : undefined);
        return { ...spansOf(rule), action: rule.action, matched, address: rule.address };
      });
      return [`${acl.address} ${direction}`, rules] as const;
    }),
  );
  return new Map(lists);
}

function spansOf(rule: Parameters<typeof spansOfRule>[0]): Pick<MatchingRule, 'spans'> {
  return { spans: { 4: spansOfRule(rule, 4), 6: spansOfRule(rule, 6) } };
}

function blockOf(tree: CidrTree, text: string): CidrNode {
  const block = tree.byText.get(text);
  if (block === undefined) throw new TypeError(`${text} is not among the named blocks`);
  return block;
}

function demandRules(rules: ReadonlyMap<string, readonly AclRule[]>, name: string): readonly AclRule[] {
  const found = rules.get(name);
  if (found === undefined) throw new TypeError(`the model has no ${name}`);
  return found;
}

function profileBook() {
  const known = new Map<string, number>();
  const all: { readonly groups: readonly string[]; readonly doubt: UnknownCause | undefined }[] = [];
  return {
    of({ securityGroups, uncertain }: NetworkInterface): number {
      const groups = [...securityGroups].sort();
      const doubt = uncertain?.securityGroups;
      const key = JSON.stringify([groups, doubt?.address, doubt?.reason]);
      const found = known.get(key);
      if (found !== undefined) return found;
      known.set(key, all.length);
      return all.push({ groups, doubt }) - 1;
    },
    get(profile: number) {
      const found = all[profile];
      if (found === undefined) throw new TypeError('a profile comes from profileOf');
      return found;
    },
  };
}

function side(direction: Direction): 0 | 1 {
  return direction === 'ingress' ? 0 : 1;
}

function rowNumbers() {
  const names = new Map<string, number>();
  const subnets = new Map<Subnet, number>();
  const ofName = (name: string): number => {
    const found = names.get(name) ?? names.size;
    names.set(name, found);
    return found;
  };
  return {
    ofName,
    ofAcl(subnet: Subnet, direction: Direction): number {
      const found = subnets.get(subnet) ?? ofName(subnet.networkAcl);
      subnets.set(subnet, found);
      return 2 * found + side(direction);
    },
  };
}

/** By small numbers: this is what the proof asks most. */
function keyCache() {
  const known: (Line | undefined)[][] = [];
  return (row: number, key: AddressKey, make: () => Line): Line => {
    let lines = known[row];
    if (lines === undefined) {
      lines = [];
      known[row] = lines;
    }
    const found = lines[key.id];
    if (found !== undefined) return found;
    const made = make();
    lines[key.id] = made;
    return made;
  };
}

/** The same rules of one list, matched with the same doubts, in one family, make the same line. */
function shapeCache({ causes }: Books) {
  const known = new Map<string, Line>();
  return (name: string, rules: readonly MatchedRule[], make: () => Line): Line => {
    const shape = rules.map((rule) =>
      rule.causes.length === 0 ? rule.index : `${rule.index}?${causes.unknown(rule.causes)}`,
    );
    const key = `${name} ${shape.join()}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = make();
    known.set(key, made);
    return made;
  };
}
