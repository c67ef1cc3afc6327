/** CIDR blocks of a configuration in canonical form, refused with their place where they are none. */

import {
  convertOr,
  type Fields,
  formatCidr,
  hasHostBits,
  type IpFamily,
  invalid,
  type Located,
  parseCidr,
  toText,
  type Value,
} from '../terraform/index.ts';

export interface CidrRules {
  readonly family: IpFamily;
  /** The provider refuses "10.0.0.5/16" almost everywhere; the API clears the bits of a network ACL's rule. */
  readonly hostBits: 'refuse' | 'clear';
}

export function cidrOf(found: Located<Value>, rules: CidrRules): string {
  const text = convertOr(found, 'a string', toText);
  const cidr = parseCidr(text);
  if (cidr === undefined || cidr.family !== rules.family) {
    const reason = `"${text}" is not an IPv${rules.family} CIDR block`;
    throw invalid(found.site, { reason, nextStep: 'write it as address/prefix' });
  }
  if (rules.hostBits === 'refuse' && hasHostBits(text)) {
    throw invalid(found.site, { reason: `"${text}" has host bits`, nextStep: `write ${formatCidr(cidr)}` });
  }
  return formatCidr(cidr);
}

export function cidrIn(fields: Fields, name: string, rules: CidrRules): string | undefined {
  const found = fields.value(name);
  return found && cidrOf(found, rules);
}
