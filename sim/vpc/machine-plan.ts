/** A machine before it has an identity and addresses, and what both kinds of machines have in common. */

import { type Fields, invalid, type Located, type Site, type Value } from '../terraform/index.ts';
import type { BuildContext } from './build-context.ts';
import { SECURITY_GROUP } from './security-group-rules.ts';
import type { SecurityGroups } from './security-groups.ts';
import type { WrittenSubnet } from './subnets.ts';

export interface MachinePlan {
  /** Of the `aws_instance` or the `aws_autoscaling_group`. */
  readonly address: string;
  readonly terraformName: string;
  readonly subnet: WrittenSubnet;
  readonly securityGroups: readonly string[];
  /** Where the configuration fixes it. */
  readonly privateAddress?: { readonly value: string; readonly site: Site };
  readonly isPublic: boolean;
  readonly tags: ReadonlyMap<string, string>;
  readonly userData?: string;
}

export interface MachineContext {
  readonly context: BuildContext;
  readonly subnets: readonly WrittenSubnet[];
  readonly securityGroups: SecurityGroups;
}

/** Names the program of a machine; a machine without it runs none, and its user data is not looked at. */
export const PROGRAM_TAG = 'drydock:program';

/** The groups of an interface in the VPC: those listed, else the VPC's default group. */
export function groupsOf(
  listed: readonly Located<Value>[],
  options: MachineContext & { readonly vpc: string },
): readonly string[] {
  const { context, securityGroups, vpc } = options;
  if (listed.length === 0) {
    const reference = { kind: 'reference', address: vpc, attribute: 'default_security_group_id' } as const;
    return [securityGroups.addressOf(reference)];
  }
  const addresses = listed.map((found) => {
    const address = securityGroups.addressOf(context.refer(found, SECURITY_GROUP));
    const other = securityGroups.groups.find((group) => group.address === address)?.vpc;
    if (other === vpc) return address;
    const reason = `${address} belongs to ${other}, the machine's subnet to ${vpc}`;
    throw invalid(found.site, { reason, nextStep: 'choose a security group of the same VPC' });
  });
  return [...new Set(addresses)];
}

/** Strict: what is not base64 of UTF-8 text is an error at its place. */
export function decodedUserData(fields: Fields, name: string): string | undefined {
  const text = fields.text(name);
  if (text === undefined) return undefined;
  const decoded = decodeBase64(text);
  if (decoded !== undefined) return decoded;
  throw invalid(fields.siteOf(name), {
    reason: 'it is not base64 of UTF-8 text',
    nextStep: 'encode it with base64encode',
  });
}

export function decodeBase64(text: string): string | undefined {
  if (text === '' || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(text, 'base64'));
  } catch {
    return undefined;
  }
}
