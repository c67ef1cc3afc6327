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

/**
 * A block so wide that its opening is one to the internet: whoever owns a /8 of it, or of IPv6 a /19, hands it on to others.
 * (What registries give to one network is at most a /20 of IPv6, and a /10 of IPv4.)
 */
export function isInternetWide(name: string): boolean {
  if (name === 'internet') return true;
  const block = outsideBlock(name);
  return block !== undefined && isPublic(block) && block.prefix <= (block.family === 4 ? 8 : 19);
}

/** Whether ranges that may each be narrow come together to as much as one that counts as the internet. */
export function areInternetWide(names: readonly string[]): boolean {
  if (names.some(isInternetWide)) return true;
  const blocks = names.map(outsideBlock).filter((block) => block !== undefined && isPublic(block));
  return ([4, 6] as const).some((family) => {
    const own = blocks.filter((block) => block?.family === family);
    const apart = own.filter(
      (block, index) =>
        !own.some(
          (other, at) =>
            at !== index && other && block && other.prefix < block.prefix && containsCidr(other, block),
        ),
    );
    const bits = family === 4 ? 32 : 128;
    const sizes = apart.map((block) => 1n << BigInt(bits - (block?.prefix ?? bits)));
    const total = sizes.reduce((sum, size) => sum + size, 0n);
    return total >= 1n << BigInt(bits - (family === 4 ? 8 : 19));
  });
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
