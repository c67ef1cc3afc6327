/**
 * The three ways to write a rule of a security group. Where one block names several peers AWS makes a rule for each;
 * so does this, and the rule's address then says which peer it is.
 */

import {
  type Fields,
  type IpFamily,
  invalid,
  type Located,
  type Reference,
  type Site,
  type Value,
} from '../terraform/index.ts';
import type { BuildContext, OpenBlock, ReferenceTargets } from './build-context.ts';
import type { Direction, Peer, SecurityGroupRule } from './model.ts';
import { prefixListOf } from './prefix-lists.ts';
import { type RuleMatch, securityGroupMatch } from './protocol.ts';
import { cidrOf } from './read-cidr.ts';

export const SECURITY_GROUP: ReferenceTargets = {
  what: 'an aws_security_group',
  attributes: {
    aws_security_group: ['id'],
    aws_default_security_group: ['id'],
    aws_vpc: ['default_security_group_id'],
  },
};

export interface WrittenRule {
  readonly rule: SecurityGroupRule;
  /** Absent: AWS's own rule. */
  readonly site?: Site;
}

export interface PeerContext {
  readonly context: BuildContext;
  readonly region: string;
  /** The model's address of the group that a reference means. */
  readonly groupOf: (reference: Reference) => string;
}

interface SitedPeer {
  readonly peer: Peer;
  readonly site: Site;
}

/** An `ingress` or `egress` block inside a group. */
export function inlineRules(
  inline: { readonly rule: Fields; readonly group: string },
  context: PeerContext,
): readonly WrittenRule[] {
  const { rule, group } = inline;
  const peers = [
    ...listedPeers(rule, context),
    ...rule.list('security_groups').map((found) => groupPeer(found, context)),
    ...selfPeer(rule, group),
  ];
  return rulesFor({ fields: rule, match: securityGroupMatch(rule, 'protocol'), peers });
}

/** `aws_security_group_rule`: one resource, several peers. */
export function legacyRules(
  written: { readonly open: OpenBlock; readonly group: string },
  context: PeerContext,
): { readonly direction: Direction; readonly rules: readonly WrittenRule[] } {
  const { fields } = written.open;
  const source = fields.value('source_security_group_id');
  const peers = [
    ...listedPeers(fields, context),
    ...(source === undefined ? [] : [groupPeer(source, context)]),
    ...selfPeer(fields, written.group),
  ];
  const direction = directionIn(fields);
  return { direction, rules: rulesFor({ fields, match: securityGroupMatch(fields, 'protocol'), peers }) };
}

/** `aws_vpc_security_group_{in,e}gress_rule`: one resource, one peer. */
export function singleRules(open: OpenBlock, context: PeerContext): readonly WrittenRule[] {
  const { fields } = open;
  const group = fields.value('referenced_security_group_id');
  const prefixList = fields.value('prefix_list_id');
  const peers = [
    ...cidrPeer(fields, 'cidr_ipv4', 4),
    ...cidrPeer(fields, 'cidr_ipv6', 6),
    ...(group === undefined ? [] : [groupPeer(group, context)]),
    ...(prefixList === undefined ? [] : [prefixListPeer(prefixList, context)]),
  ];
  const extra = peers[1];
  if (extra !== undefined) {
    throw invalid(extra.site, { reason: 'the rule names a peer already', nextStep: 'name one peer a rule' });
  }
  return rulesFor({ fields, match: securityGroupMatch(fields, 'ip_protocol'), peers });
}

function rulesFor(written: {
  readonly fields: Fields;
  readonly match: RuleMatch;
  readonly peers: readonly SitedPeer[];
}): readonly WrittenRule[] {
  const { fields, match, peers } = written;
  const description = fields.textIfKnown('description') ?? '';
  fields.refuseUnread({ inert: ['tags', 'tags_all'] });
  if (peers.length === 0) {
    const nextStep = 'name a CIDR block, a prefix list or a security group';
    throw invalid(fields.site, { reason: 'the rule names no peer', nextStep });
  }
  return peers.map(({ peer, site }) => ({
    rule: { address: addressAt(peers.length === 1 ? fields.site : site), description, ...match, peer },
    site,
  }));
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
  const cidrs = (name: string, family: IpFamily) =>
    fields.list(name).map((found) => cidrPeerOf(found, family));
  return [
    ...cidrs('cidr_blocks', 4),
    ...cidrs('ipv6_cidr_blocks', 6),
    ...fields.list('prefix_list_ids').map((found) => prefixListPeer(found, context)),
  ];
}

function cidrPeer(fields: Fields, name: string, family: IpFamily): readonly SitedPeer[] {
  const found = fields.value(name);
  return found === undefined ? [] : [cidrPeerOf(found, family)];
}

function cidrPeerOf(found: Located<Value>, family: IpFamily): SitedPeer {
  return { peer: { kind: 'cidr', cidr: cidrOf(found, { family, hostBits: 'refuse' }) }, site: found.site };
}

function groupPeer(found: Located<Value>, { context, groupOf }: PeerContext): SitedPeer {
  const address = groupOf(context.refer(found, SECURITY_GROUP));
  return { peer: { kind: 'security-group', address }, site: found.site };
}

function prefixListPeer(found: Located<Value>, { context, region }: PeerContext): SitedPeer {
  return { peer: { kind: 'prefix-list', ...prefixListOf(context, found, { region }) }, site: found.site };
}

function selfPeer(fields: Fields, group: string): readonly SitedPeer[] {
  if (fields.boolean('self') !== true) return [];
  return [{ peer: { kind: 'security-group', address: group }, site: fields.siteOf('self') }];
}
