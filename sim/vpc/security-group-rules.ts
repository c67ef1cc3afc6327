/**
 * The three ways to write a rule of a security group. Where one block names several peers AWS makes a rule for each;
 * so does this, and the rule's address then says which peer it is. What is not known about a rule stands as whatever
 * it may be, and the rule is uncertain.
 */

import {
  type Fields,
  type IpFamily,
  invalid,
  type Located,
  placeOf,
  type Reference,
  type Site,
  type Value,
} from '../terraform/index.ts';
import type { BuildContext, OpenBlock, ReferenceTargets } from './build-context.ts';
import type { Direction, Peer, SecurityGroupRule, UnknownCause } from './model.ts';
import type { PrefixLists } from './prefix-lists.ts';
import { type RuleMatch, securityGroupMatch } from './protocol.ts';
import { cidrOf } from './read-cidr.ts';
import { type Reading, startReading, uncertainBy } from './reading.ts';

export const SECURITY_GROUP: ReferenceTargets = {
  what: 'an aws_security_group',
  attributes: {
    aws_security_group: ['id'],
    aws_default_security_group: ['id'],
    aws_vpc: ['default_security_group_id'],
    aws_default_vpc: ['default_security_group_id'],
  },
};

export interface WrittenRule {
  readonly rule: SecurityGroupRule;
  /** Absent: AWS's own rule. */
  readonly site?: Site;
  /** In a block of the group itself. */
  readonly isInline: boolean;
}

export interface PeerContext {
  readonly context: BuildContext;
  readonly prefixLists: PrefixLists;
  /** The model's address of the group that a reference means. */
  readonly groupOf: (reference: Reference) => string;
}

interface SitedPeer {
  readonly peer: Peer;
  readonly site: Site;
  readonly uncertain?: UnknownCause;
}

const EVERYONE: Readonly<Record<IpFamily, string>> = { 4: '0.0.0.0/0', 6: '::/0' };
const INERT = ['description', 'security_group_id', 'security_group_rule_id', 'type'];

/** An `ingress` or `egress` block inside a group. */
export function inlineRules(
  inline: { readonly rule: Fields; readonly group: string },
  context: PeerContext,
): readonly WrittenRule[] {
  const { rule, group } = inline;
  const reading = startReading(context.context, rule);
  const peers = [
    ...listedPeers(rule, context),
    ...eachOf(context, rule, 'security_groups', (found) => groupPeer(found, context)),
    ...selfPeer(reading, rule, group),
  ];
  const match = securityGroupMatch(rule, reading, { protocol: 'protocol', portsBesideAll: 'refuse' });
  return rulesFor({ context: context.context, reading, fields: rule, match, peers, isInline: true });
}

/** `aws_security_group_rule`: one resource, several peers. */
export function legacyRules(
  written: { readonly open: OpenBlock; readonly group: string },
  context: PeerContext,
): { readonly direction: Direction | undefined; readonly rules: readonly WrittenRule[] } {
  const { fields } = written.open;
  const reading = startReading(context.context, fields);
  const peers = [
    ...listedPeers(fields, context),
    ...oneOf(context, fields, 'source_security_group_id', (found) => groupPeer(found, context)),
    ...selfPeer(reading, fields, written.group),
  ];
  const match = securityGroupMatch(fields, reading, { protocol: 'protocol', portsBesideAll: 'ignore' });
  const direction = reading.get(() => directionIn(fields), undefined);
  const rules = rulesFor({ context: context.context, reading, fields, match, peers, isInline: false });
  return { direction, rules };
}

/** `aws_vpc_security_group_{in,e}gress_rule`: one resource, one peer. */
export function singleRules(open: OpenBlock, context: PeerContext): readonly WrittenRule[] {
  const { fields } = open;
  const reading = startReading(context.context, fields);
  const peers = [
    ...oneOf(context, fields, 'cidr_ipv4', (found) => cidrPeerOf(found, 4), EVERYONE[4]),
    ...oneOf(context, fields, 'cidr_ipv6', (found) => cidrPeerOf(found, 6), EVERYONE[6]),
    ...oneOf(context, fields, 'referenced_security_group_id', (found) => groupPeer(found, context)),
    ...oneOf(context, fields, 'prefix_list_id', (found) => prefixListPeer(found, context)),
  ];
  const certain = peers.filter(({ uncertain }) => uncertain === undefined);
  const extra = certain[1];
  if (extra !== undefined) {
    const problem = { reason: 'the rule names a peer already', nextStep: 'name one peer a rule' };
    context.context.problems.add(invalid(extra.site, problem));
  }
  const match = securityGroupMatch(fields, reading, { protocol: 'ip_protocol', portsBesideAll: 'ignore' });
  return rulesFor({ context: context.context, reading, fields, match, peers, isInline: false });
}

/** A rule of which nothing is known but that it may be there. */
export function anyRule(address: string, uncertain: UnknownCause): WrittenRule {
  const place = uncertain.place && { place: uncertain.place };
  const rule = {
    address,
    ...place,
    description: '',
    protocol: 'all',
    peer: { kind: 'any' },
    uncertain,
  } as const;
  return { rule, isInline: true };
}

/** Uncertain as well that it is a rule of this group. */
export function doubted({ rule, ...written }: WrittenRule, uncertain: UnknownCause): WrittenRule {
  return { ...written, rule: { ...rule, uncertain: rule.uncertain ?? uncertain } };
}

function rulesFor(written: {
  readonly context: BuildContext;
  readonly reading: Reading;
  readonly fields: Fields;
  readonly match: RuleMatch;
  readonly peers: readonly SitedPeer[];
  readonly isInline: boolean;
}): readonly WrittenRule[] {
  const { context, reading, fields, match, peers, isInline } = written;
  const described = context.problems.attempt(() => fields.textIfKnown('description'));
  const description = (described.kind === 'known' ? described.value : undefined) ?? '';
  const cause = reading.finish({ inert: INERT }, `what ${addressAt(fields.site)} matches`);
  if (peers.length === 0) {
    const nextStep = 'name a CIDR block, a prefix list or a security group';
    context.problems.add(invalid(fields.site, { reason: 'the rule names no peer', nextStep }));
  }
  return peers.map(({ peer, site, uncertain }) => {
    const doubt = uncertain ?? cause;
    const address = addressAt(peers.length === 1 ? fields.site : site);
    const rule = { address, place: placeOf(fields.site), description, ...match, peer, ...uncertainBy(doubt) };
    return { rule, site, isInline };
  });
}

function addressAt(site: Site): string {
  return site.field === '' ? site.address : `${site.address}.${site.field}`;
}

function directionIn(fields: Fields): Direction {
  const type = fields.required('type', fields.text('type'));
  if (type === 'ingress' || type === 'egress') return type;
  throw invalid(fields.siteOf('type'), {
    reason: `"${type}" is not a direction`,
    nextStep: 'write ingress or egress',
  });
}

function listedPeers(fields: Fields, context: PeerContext): readonly SitedPeer[] {
  return [
    ...eachOf(context, fields, 'cidr_blocks', (found) => cidrPeerOf(found, 4), EVERYONE[4]),
    ...eachOf(context, fields, 'ipv6_cidr_blocks', (found) => cidrPeerOf(found, 6), EVERYONE[6]),
    ...eachOf(context, fields, 'prefix_list_ids', (found) => prefixListPeer(found, context)),
  ];
}

type ReadPeer = (found: Located<Value>) => SitedPeer;

/** Every member of a list; one that is not known, or the list as a whole, may be anyone of `everyone`. */
function eachOf(
  peers: PeerContext,
  fields: Fields,
  name: string,
  read: ReadPeer,
  everyone?: string,
): readonly SitedPeer[] {
  const list = peers.context.problems.attempt(() => fields.list(name));
  if (list.kind === 'invalid') return [];
  if (list.kind === 'unknown') return [unknownPeer(peers, fields.siteOf(name), list.cause, everyone)];
  return list.value.flatMap((found) => attempted(peers, found, read, everyone));
}

function oneOf(
  peers: PeerContext,
  fields: Fields,
  name: string,
  read: ReadPeer,
  everyone?: string,
): readonly SitedPeer[] {
  const value = peers.context.problems.attempt(() => fields.value(name));
  if (value.kind === 'unknown') return [unknownPeer(peers, fields.siteOf(name), value.cause, everyone)];
  const found = value.kind === 'known' ? value.value : undefined;
  if (found === undefined || found.value === '') return [];
  return attempted(peers, found, read, everyone);
}

function attempted(
  peers: PeerContext,
  found: Located<Value>,
  read: ReadPeer,
  everyone?: string,
): readonly SitedPeer[] {
  const peer = peers.context.problems.attempt(() => read(found));
  if (peer.kind === 'known') return [peer.value];
  // Wrong, and told; the rule must not seem to name nobody as well.
  if (peer.kind === 'invalid')
    return [
      {
        peer: { kind: 'any' },
        site: found.site,
        uncertain: { address: found.site.address, reason: 'it is wrong' },
      },
    ];
  return [unknownPeer(peers, found.site, peer.cause, everyone)];
}

function unknownPeer(
  { context }: PeerContext,
  site: Site,
  cause: UnknownCause,
  everyone?: string,
): SitedPeer {
  context.note({
    type: context.typeOf(site.address) ?? 'value',
    touches: `what ${addressAt(site)} matches`,
    ...cause,
  });
  const peer: Peer = everyone === undefined ? { kind: 'any' } : { kind: 'cidr', cidr: everyone };
  return { peer, site, uncertain: cause };
}

function cidrPeerOf(found: Located<Value>, family: IpFamily): SitedPeer {
  return { peer: { kind: 'cidr', cidr: cidrOf(found, { family, hostBits: 'refuse' }) }, site: found.site };
}

function groupPeer(found: Located<Value>, { context, groupOf }: PeerContext): SitedPeer {
  const address = groupOf(context.refer(found, SECURITY_GROUP));
  return { peer: { kind: 'security-group', address }, site: found.site };
}

function prefixListPeer(found: Located<Value>, { prefixLists }: PeerContext): SitedPeer {
  const { address, cidrs, uncertain } = prefixLists.of(found);
  return { peer: { kind: 'prefix-list', address, cidrs }, site: found.site, ...uncertainBy(uncertain) };
}

function selfPeer(reading: Reading, fields: Fields, group: string): readonly SitedPeer[] {
  if (reading.get(() => fields.boolean('self'), undefined) !== true) return [];
  return [{ peer: { kind: 'security-group', address: group }, site: fields.siteOf('self') }];
}
