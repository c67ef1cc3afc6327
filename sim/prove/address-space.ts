/**
 * Which addresses are the internet's: what the public registries give out, and no VPC of the model, service range or
 * public address of ours. The documentation ranges count as public, because examples and tests live there.
 */

import {
  type Cidr,
  containsAddress,
  formatAddress,
  type IpFamily,
  parseAddress,
  parseCidr,
} from '../terraform/index.ts';
import type { Vpc } from '../vpc/model.ts';

export interface Address {
  readonly family: IpFamily;
  readonly value: bigint;
  /** Canonical. */
  readonly text: string;
}

/** IPv4 that no router of the internet carries. */
const NOT_PUBLIC: readonly Cidr[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '224.0.0.0/3',
].map(cidrFrom);

const GLOBAL_UNICAST = cidrFrom('2000::/3');

/**
 * Instance metadata, time and the resolver by link-local addresses: AWS filters them in no layer.
 * https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
 */
const UNFILTERED: ReadonlySet<string> = new Set([
  '169.254.169.123',
  '169.254.169.253',
  '169.254.169.254',
  'fd00:ec2::123',
  'fd00:ec2::253',
  'fd00:ec2::254',
]);
const RESOLVER_OFFSET = 2n;

/** Misuse by a programmer: the model's CIDR blocks are canonical. */
export function cidrFrom(text: string): Cidr {
  const cidr = parseCidr(text);
  if (cidr === undefined) throw new TypeError(`${text} is not a CIDR block`);
  return cidr;
}

export function addressFrom(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new TypeError(`${text} is not an address`);
  return { ...address, text: formatAddress(address) };
}

/** The ranges of one family that are nobody's on the internet, whatever the model. */
export function publicSpace(family: IpFamily): { readonly within: Cidr; readonly without: readonly Cidr[] } {
  return family === 4
    ? { within: cidrFrom('0.0.0.0/0'), without: NOT_PUBLIC }
    : { within: GLOBAL_UNICAST, without: [] };
}

export function isPublicSpace(address: Address): boolean {
  const { within, without } = publicSpace(address.family);
  return containsAddress(within, address) && !without.some((cidr) => containsAddress(cidr, address));
}

export function isUnfiltered(address: Address, vpc: Vpc): boolean {
  return UNFILTERED.has(address.text) || address.text === resolverOf(vpc);
}

/** The base of the VPC's first range plus two. */
export function resolverOf(vpc: Vpc): string | undefined {
  const [first] = vpc.cidrs;
  return first && formatAddress({ family: 4, value: cidrFrom(first).base + RESOLVER_OFFSET });
}

export function isLinkLocalService(address: Address): boolean {
  return UNFILTERED.has(address.text);
}
