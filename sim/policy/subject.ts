/** What a policy can name: an endpoint with everything a selector may ask about it, or a range outside. */

import { type Cidr, containsCidr, parseAddress, parseCidr } from '../terraform/index.ts';

export interface Subject {
  /** `aws_autoscaling_group.worker#0`. */
  readonly endpoint: string;
  /** `aws_autoscaling_group.worker`: also the name of all members together. */
  readonly address: string;
  readonly kind: string;
  readonly tier: string;
  readonly subnet?: string;
  readonly vpc?: string;
  readonly availabilityZone?: string;
  readonly securityGroups: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

/** Where nobody on the internet has an address (RFC 6890), apart from the documentation ranges, which stand for the internet here. */
const NOT_PUBLIC = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '224.0.0.0/3',
].flatMap((text) => parseCidr(text) ?? []);
const GLOBAL_IPV6 = parseCidr('2000::/3');

/** The block that a name outside stands for: a range, or one address. Undefined: it is the name of an endpoint, or `internet`. */
export function outsideBlock(name: string): Cidr | undefined {
  // Every Terraform address has one, and no address of a packet: there are many names, and to parse them costs.
  if (name.includes('_')) return undefined;
  const block = parseCidr(name);
  if (block !== undefined) return block;
  const address = parseAddress(name);
  return address && parseCidr(`${name}/${address.family === 4 ? 32 : 128}`);
}

export function isOutside(name: string): boolean {
  return name === 'internet' || outsideBlock(name) !== undefined;
}

/** Whether some public address is in the block. */
export function isPublic(block: Cidr): boolean {
  if (block.family === 4) return !NOT_PUBLIC.some((range) => containsCidr(range, block));
  return GLOBAL_IPV6 !== undefined && (containsCidr(GLOBAL_IPV6, block) || containsCidr(block, GLOBAL_IPV6));
}

/** A block so wide that its opening is one to the internet: whoever owns a /8 or more of it hands it on to others. */
export function isInternetWide(name: string): boolean {
  if (name === 'internet') return true;
  const block = outsideBlock(name);
  return block !== undefined && isPublic(block) && block.prefix <= 8;
}

/** A security group, for the selectors that name one. */
export function subjectOfGroup(address: string): Subject {
  return {
    endpoint: address,
    address,
    kind: 'security-group',
    tier: '',
    securityGroups: [address],
    tags: {},
  };
}
