/** Rules of network ACLs, inline or standalone, with the bounds that AWS sets. */

import { type Fields, invalid, type Site } from '../terraform/index.ts';
import type { NetworkAclRule } from './model.ts';
import { networkAclMatch } from './protocol.ts';
import { cidrIn } from './read-cidr.ts';

export interface WrittenAclRule {
  readonly rule: NetworkAclRule;
  /** Absent: AWS's own rule. */
  readonly site?: Site;
}

const NUMBER_MAX = 32_766;

/** An `ingress` or `egress` block inside an ACL. */
export function inlineAclRule(fields: Fields, acl: string): WrittenAclRule {
  return aclRule(fields, {
    address: `${acl}.${fields.site.field}`,
    numberField: 'rule_no',
    actionField: 'action',
    hostBits: 'refuse',
  });
}

/** An `aws_network_acl_rule`; the provider leaves it to AWS to clear the host bits of its block. */
export function standaloneAclRule(fields: Fields): WrittenAclRule {
  return aclRule(fields, {
    address: fields.site.address,
    numberField: 'rule_number',
    actionField: 'rule_action',
    hostBits: 'clear',
  });
}

interface Style {
  readonly address: string;
  readonly numberField: 'rule_no' | 'rule_number';
  readonly actionField: 'action' | 'rule_action';
  readonly hostBits: 'refuse' | 'clear';
}

function aclRule(fields: Fields, style: Style): WrittenAclRule {
  const rule = {
    address: style.address,
    number: numberIn(fields, style.numberField),
    action: actionIn(fields, style.actionField),
    ...networkAclMatch(fields),
    cidr: peerIn(fields, style.hostBits),
  };
  fields.refuseUnread({ inert: [] });
  return { rule, site: fields.siteOf(style.numberField) };
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

function peerIn(fields: Fields, hostBits: 'refuse' | 'clear'): string {
  const [ipv4, ipv6] = [
    cidrIn(fields, 'cidr_block', { family: 4, hostBits }),
    cidrIn(fields, 'ipv6_cidr_block', { family: 6, hostBits }),
  ];
  if (ipv4 !== undefined && ipv6 !== undefined) {
    const reason = 'cidr_block is set as well';
    throw invalid(fields.siteOf('ipv6_cidr_block'), {
      reason,
      nextStep: 'give a rule of its own to each family',
    });
  }
  return fields.required('cidr_block', ipv4 ?? ipv6);
}
