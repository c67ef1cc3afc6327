/**
 * Rules of network ACLs, inline or standalone, with the bounds that AWS sets. A rule of which the number is not known
 * stands before all others, as number 0; one of which the action is not known stands twice, once with each.
 */

import { type Fields, invalid, placeOf, type Site } from '../terraform/index.ts';
import type { BuildContext } from './build-context.ts';
import type { NetworkAclRule, UnknownCause } from './model.ts';
import { networkAclMatch, type PortsBesideAll } from './protocol.ts';
import { cidrIn } from './read-cidr.ts';
import { type Reading, startReading, uncertainBy } from './reading.ts';

export interface WrittenAclRule {
  readonly rule: NetworkAclRule;
  /** Absent: AWS's own rule. */
  readonly site?: Site;
}

const NUMBER_MAX = 32_766;
const NUMBER_UNKNOWN = 0;
/** AWS ignores ports beside ICMP, which the provider asks for inline, and type and code beside all else. */
const INERT = ['network_acl_id', 'egress', 'from_port', 'to_port', 'icmp_type', 'icmp_code'];
const FAMILIES = { 4: '0.0.0.0/0', 6: '::/0' } as const;

/** An `ingress` or `egress` block inside an ACL. */
export function inlineAclRules(
  context: BuildContext,
  fields: Fields,
  acl: string,
): readonly WrittenAclRule[] {
  return aclRules(context, fields, {
    address: `${acl}.${fields.site.field}`,
    numberField: 'rule_no',
    actionField: 'action',
    hostBits: 'refuse',
    portsBesideAll: 'refuse',
  });
}

/** An `aws_network_acl_rule`; the provider leaves it to AWS to clear the host bits of its block. */
export function standaloneAclRules(context: BuildContext, fields: Fields): readonly WrittenAclRule[] {
  return aclRules(context, fields, {
    address: fields.site.address,
    numberField: 'rule_number',
    actionField: 'rule_action',
    hostBits: 'clear',
    portsBesideAll: 'ignore',
  });
}

/** Rules of which nothing is known but that they may be there. */
export function anyAclRules(address: string, uncertain: UnknownCause): readonly WrittenAclRule[] {
  const place = uncertain.place && { place: uncertain.place };
  return Object.values(FAMILIES).flatMap((cidr) =>
    (['allow', 'deny'] as const).map((action) => ({
      rule: { address, ...place, number: NUMBER_UNKNOWN, action, protocol: 'all' as const, cidr, uncertain },
    })),
  );
}

/** Uncertain as well that it is in this ACL. */
export function doubted({ rule, ...written }: WrittenAclRule, uncertain: UnknownCause): WrittenAclRule {
  return { ...written, rule: { ...rule, uncertain: rule.uncertain ?? uncertain } };
}

interface Style {
  readonly address: string;
  readonly numberField: 'rule_no' | 'rule_number';
  readonly actionField: 'action' | 'rule_action';
  readonly hostBits: 'refuse' | 'clear';
  readonly portsBesideAll: PortsBesideAll;
}

function aclRules(context: BuildContext, fields: Fields, style: Style): readonly WrittenAclRule[] {
  const reading = startReading(context, fields);
  const number = reading.get(() => numberIn(fields, style.numberField), NUMBER_UNKNOWN);
  const action = reading.get(() => actionIn(fields, style.actionField), undefined);
  const match = networkAclMatch(fields, reading, style);
  const cidrs = peersIn(fields, reading, style.hostBits);
  const cause = reading.finish({ inert: INERT }, `what ${style.address} matches`);
  const site = fields.siteOf(style.numberField);
  const place = placeOf(fields.site);
  return cidrs.flatMap((cidr) =>
    (action === undefined ? (['allow', 'deny'] as const) : [action]).map((one) => ({
      rule: { address: style.address, place, number, action: one, ...match, cidr, ...uncertainBy(cause) },
      site,
    })),
  );
}

function numberIn(fields: Fields, name: string): number {
  const number = fields.required(name, fields.number(name));
  if (Number.isInteger(number) && number >= 1 && number <= NUMBER_MAX) return number;
  throw invalid(fields.siteOf(name), {
    reason: `${number} is not a rule number`,
    nextStep: `give 1 to ${NUMBER_MAX}`,
  });
}

function actionIn(fields: Fields, name: string): 'allow' | 'deny' {
  const action = fields.required(name, fields.text(name)).toLowerCase();
  if (action === 'allow' || action === 'deny') return action;
  throw invalid(fields.siteOf(name), {
    reason: `"${action}" is not an action`,
    nextStep: 'write allow or deny',
  });
}

/** One block; where it is not known, all of the family that it is of. */
function peersIn(fields: Fields, reading: Reading, hostBits: 'refuse' | 'clear'): readonly string[] {
  // Null: it is not there. Undefined: it is not known, or wrong.
  const read = (name: string, family: 4 | 6) =>
    reading.get<string | null | undefined>(
      () => blockIn(fields, name, { family, hostBits }) ?? null,
      undefined,
    );
  const [ipv4, ipv6] = [read('cidr_block', 4), read('ipv6_cidr_block', 6)];
  reading.get(() => {
    if (ipv4 === null && ipv6 === null) fields.required('cidr_block', undefined);
    if (!ipv4 || !ipv6) return;
    throw invalid(fields.siteOf('ipv6_cidr_block'), {
      reason: 'cidr_block is set as well',
      nextStep: 'give a rule of its own to each family',
    });
  }, undefined);
  return [...(ipv4 === null ? [] : [ipv4 ?? FAMILIES[4]]), ...(ipv6 === null ? [] : [ipv6 ?? FAMILIES[6]])];
}

function blockIn(
  fields: Fields,
  name: string,
  rules: { readonly family: 4 | 6; readonly hostBits: 'refuse' | 'clear' },
): string | undefined {
  const found = fields.value(name);
  return found === undefined || found.value === '' ? undefined : cidrIn(fields, name, rules);
}
