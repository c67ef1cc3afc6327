/**
 * Which addresses outside the VPCs stand for all of them: first and last of every block that a rule or a route singles
 * out, their neighbours, and one that none does. Addresses that are not public, or belong to the configuration, are none.
 */

import type { Family } from '../prove/index.ts';
import {
  type Cidr,
  containsAddress,
  formatAddress,
  lastValueOf,
  parseAddress,
  parseCidr,
} from '../terraform/index.ts';
import type { VpcModel } from '../vpc/model.ts';
import { networkAclRules, securityGroupRules } from './port-atoms.ts';

type IpAddress = NonNullable<ReturnType<typeof parseAddress>>;

/** Documentation ranges are meant to be among the public ones. */
const NOT_PUBLIC = blocks([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '224.0.0.0/3',
]);
const PUBLIC_IPV6 = blocks(['2000::/3']);

/** Candidates for the address that nothing singles out. */
const REST: Readonly<Record<Family, readonly string[]>> = {
  4: ['203.0.113.10', '8.8.4.4', '93.184.216.34', '45.33.32.156'],
  6: ['2001:db8:ffff::10', '2606:4700::1111', '2a00:1450::1'],
};

/** Canonical, in a stable order, without repeats. */
export function internetAddresses(model: VpcModel, family: Family): readonly string[] {
  const singledOut = singledOutBlocks(model).filter((block) => block.family === family && block.prefix > 0);
  const taken = [...ownBlocks(model), ...serviceBlocks(model)];
  const isOutside = (address: IpAddress) =>
    isPublic(address) && !taken.some((block) => containsAddress(block, address));
  const boundaries = singledOut
    .flatMap((block) => [block.base - 1n, block.base, lastValueOf(block), lastValueOf(block) + 1n])
    .map((value): IpAddress => ({ family, value }))
    .filter(isOutside);
  const rest = REST[family]
    .flatMap((text) => parseAddress(text) ?? [])
    .filter((address) => isOutside(address) && !singledOut.some((block) => containsAddress(block, address)));
  return [...new Set([...rest.slice(0, 1), ...boundaries].map(formatAddress))];
}

/** One address of every block behind a gateway endpoint. */
export function serviceAddresses(model: VpcModel): readonly string[] {
  const addresses = serviceBlocks(model).map((block) =>
    formatAddress({ family: block.family, value: block.base + 1n }),
  );
  return [...new Set(addresses)];
}

/** Blocks that security groups, network ACLs or routes name, and `more`. */
export function singledOutBlocks(model: VpcModel, more: readonly string[] = []): readonly Cidr[] {
  const peers = securityGroupRules(model).flatMap(({ peer }) => {
    if (peer.kind === 'cidr') return [peer.cidr];
    return peer.kind === 'prefix-list' ? peer.cidrs : [];
  });
  const lists = networkAclRules(model).map(({ cidr }) => cidr);
  const routes = model.routeTables.flatMap((table) =>
    table.routes.flatMap(({ destinations }) => destinations),
  );
  return blocks([...new Set([...peers, ...lists, ...routes, ...more])]);
}

export function isPublic(address: IpAddress): boolean {
  if (address.value < 0n) return false;
  if (address.family === 6) return PUBLIC_IPV6.some((block) => containsAddress(block, address));
  return address.value < 2n ** 32n && !NOT_PUBLIC.some((block) => containsAddress(block, address));
}

function serviceBlocks(model: VpcModel): readonly Cidr[] {
  return blocks(model.gatewayEndpoints.flatMap(({ cidrs }) => cidrs));
}

/** Ranges of the VPCs, and every public address that is somebody's. */
function ownBlocks(model: VpcModel): readonly Cidr[] {
  const owners = [...model.interfaces, ...model.natGateways];
  return blocks([
    ...model.vpcs.flatMap(({ cidrs, ipv6Cidrs }) => [...cidrs, ...ipv6Cidrs]),
    ...owners.flatMap(({ publicAddress }) => (publicAddress === undefined ? [] : [`${publicAddress}/32`])),
  ]);
}

function blocks(texts: readonly string[]): readonly Cidr[] {
  return texts.flatMap((text) => parseCidr(text) ?? []);
}
