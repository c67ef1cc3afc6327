/** Network ACLs whose rules overlap, allow and deny in turn, and stand in any order in the text. */

import { add, type Body, type Draft, type DraftVpc, ref } from './draft.ts';
import { OUTSIDE_BLOCKS, OUTSIDE_BLOCKS_IPV6 } from './prefix-lists.ts';
import { drawRange } from './rule-ranges.ts';

const RULES_MAX = 6;
const NUMBER_MAX = 32_766;

interface AclRule {
  readonly isEgress: boolean;
  readonly number: number;
  /** As an entry in a list has it. */
  readonly body: Body;
}

export function addNetworkAcls(draft: Draft, vpc: DraftVpc): void {
  const { random, features } = draft;
  const count = random.pick([0, 1, 1, 2]);
  const free = new Set(vpc.subnets.map(({ name }) => name));
  for (let index = 0; index < count; index += 1) {
    const subnets = [...free].filter(() => random.chance(0.6));
    for (const subnet of subnets) free.delete(subnet);
    const style = random.pick(['inline', 'apart'] as const);
    features.add(`network ACL rules ${style}`);
    addAcl(draft, { name: `${vpc.name}_n${index}`, vpc, style, subnets });
  }
  if (!random.chance(0.15)) return;
  features.add('adopted default network ACL');
  add(
    draft,
    { type: 'aws_default_network_acl', name: vpc.name },
    {
      default_network_acl_id: ref(`aws_vpc.${vpc.name}.default_network_acl_id`),
      ...inlineRules(drawRules(draft, vpc)),
    },
  );
}

interface DrawnAcl {
  readonly name: string;
  readonly vpc: DraftVpc;
  readonly style: 'inline' | 'apart';
  readonly subnets: readonly string[];
}

function addAcl(draft: Draft, { name, vpc, style, subnets }: DrawnAcl): void {
  const { random } = draft;
  const rules = drawRules(draft, vpc);
  const isAssociatedApart = random.chance(0.3);
  add(
    draft,
    { type: 'aws_network_acl', name },
    {
      vpc_id: ref(`aws_vpc.${vpc.name}.id`),
      ...(!isAssociatedApart && { subnet_ids: subnets.map((subnet) => ref(`aws_subnet.${subnet}.id`)) }),
      ...(style === 'inline' && inlineRules(rules)),
    },
  );
  for (const subnet of isAssociatedApart ? subnets : []) {
    add(
      draft,
      { type: 'aws_network_acl_association', name: subnet },
      { network_acl_id: ref(`aws_network_acl.${name}.id`), subnet_id: ref(`aws_subnet.${subnet}.id`) },
    );
  }
  if (style === 'inline') return;
  for (const [index, { isEgress, number, body }] of rules.entries()) {
    const { rule_no: _, action: rule_action, ...rest } = body;
    add(
      draft,
      { type: 'aws_network_acl_rule', name: `${name}_${index}` },
      {
        network_acl_id: ref(`aws_network_acl.${name}.id`),
        rule_number: number,
        egress: isEgress,
        rule_action,
        ...rest,
      },
    );
  }
}

/** In JSON Terraform wants every attribute of such a rule, null where it says nothing. */
const EMPTY_RULE = { cidr_block: null, ipv6_cidr_block: null, icmp_type: null, icmp_code: null };

function inlineRules(rules: readonly AclRule[]): Body {
  const of = (isEgress: boolean) =>
    rules.filter((rule) => rule.isEgress === isEgress).map(({ body }) => ({ ...EMPTY_RULE, ...body }));
  return { ingress: of(false), egress: of(true) };
}

function drawRules(draft: Draft, vpc: DraftVpc): readonly AclRule[] {
  const { random } = draft;
  const rules: AclRule[] = [];
  for (const isEgress of [false, true]) {
    const numbers = new Set(
      Array.from({ length: random.integer(0, RULES_MAX) }, () => random.integer(1, 60) * 10),
    );
    for (const number of numbers) rules.push({ isEgress, number, body: drawRule(draft, { vpc, number }) });
    // Without such a rule most lists would let nothing pass at all.
    for (const [offset, isSix] of [false, true].entries()) {
      if (!random.chance(0.6)) continue;
      const number = NUMBER_MAX - offset;
      const block = isSix ? { ipv6_cidr_block: '::/0' } : { cidr_block: '0.0.0.0/0' };
      const body = { rule_no: number, action: 'allow', protocol: '-1', from_port: 0, to_port: 0, ...block };
      rules.push({ isEgress, number, body });
    }
  }
  return rules;
}

function drawRule(draft: Draft, { vpc, number }: { vpc: DraftVpc; number: number }): Body {
  const { random } = draft;
  const isSix = vpc.hasIpv6 && random.chance(0.3);
  const { protocol, from, to } = drawRange(draft, isSix ? 6 : 4);
  const isIcmp = protocol === 'icmp' || protocol === 'icmpv6';
  const subnets = vpc.subnets.map(({ cidr }) => cidr);
  const block = isSix
    ? { ipv6_cidr_block: random.pick(['::/0', '::/0', ...OUTSIDE_BLOCKS_IPV6]) }
    : {
        cidr_block: random.pick([
          '0.0.0.0/0',
          '0.0.0.0/0',
          ...vpc.cidrs,
          ...subnets,
          random.pick(OUTSIDE_BLOCKS),
        ]),
      };
  return {
    rule_no: number,
    action: random.chance(0.65) ? 'allow' : 'deny',
    // The provider knows ICMP for IPv6 by its number alone here.
    protocol: protocol === 'icmpv6' ? '58' : protocol,
    ...(isIcmp
      ? { icmp_type: from, icmp_code: to, from_port: 0, to_port: 0 }
      : { from_port: from, to_port: to }),
    ...block,
  };
}
