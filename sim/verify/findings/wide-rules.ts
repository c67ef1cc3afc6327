/** Rules that are wider than what they are for: foreign private ranges, everything out, the whole VPC at an endpoint, ports of answers. */

import { cidrsOfPeer, isInternetWide, isPublic, outsideBlock } from '../../policy/index.ts';
import { type Cidr, containsCidr, formatCidr, overlap, parseCidr } from '../../terraform/index.ts';
import type { SecurityGroupRule } from '../../vpc/model.ts';
import { type Check, finding, listText } from '../checks.ts';
import { internetRoutes, type ModelIndex } from '../model-index.ts';
import { rangeOfRule } from '../rule-match.ts';

export const checkForeignRanges: Check = ({ index }) => {
  const known = index.model.vpcs.flatMap(blocksOf);
  return index.model.securityGroups.flatMap((group) => {
    const vpc = index.vpc(group.vpc);
    const own = vpc === undefined ? [] : blocksOf(vpc);
    return group.ingress.flatMap((rule) => {
      if (rule.uncertain !== undefined || index.carriers(group.address).length === 0) return [];
      return privateBlocks(rule).flatMap((block) => {
        // A range beside the VPC is somebody's on purpose; one around it is a habit.
        if (!own.some((range) => containsCidr(block, range) && block.prefix < range.prefix)) return [];
        const foreign = known.filter(
          (range) => overlap(block, range) && !own.some((one) => containsCidr(one, range)),
        );
        const nobodys = remainder(block, known);
        if (foreign.length === 0 && nobodys.length === 0) return [];
        const others = [
          ...(foreign.length === 0 ? [] : [`${listText(foreign.map(formatCidr))} of other VPCs`]),
          ...(nobodys.length === 0
            ? []
            : [
                `${listText(nobodys.map(formatCidr), { most: 2 })}, which ${nobodys.length === 1 ? 'belongs' : 'belong'} to nobody here`,
              ]),
        ];
        const message = `${formatCidr(block)} is wider than ${group.vpc} (${own.map(formatCidr).join(', ')}): it also admits ${others.join(', and ')}`;
        return [finding('peer-wider-than-network', { address: rule.address, place: rule.place, message })];
      });
    });
  });
};

/** What of the block none of the others holds, in as few blocks as there are. */
function remainder(block: Cidr, others: readonly Cidr[]): readonly Cidr[] {
  if (others.some((other) => containsCidr(other, block))) return [];
  if (!others.some((other) => containsCidr(block, other))) return [block];
  const prefix = block.prefix + 1;
  const half = 1n << BigInt((block.family === 4 ? 32 : 128) - prefix);
  return [block.base, block.base + half].flatMap((base) =>
    remainder({ family: block.family, base, prefix }, others),
  );
}

export const checkEndpointPeers: Check = ({ index }) => {
  const rules = index.model.interfaces
    .filter(({ kind }) => kind === 'interface-endpoint')
    .flatMap((one) =>
      index
        .groupsOf(one)
        .flatMap(({ ingress, vpc }) =>
          ingress
            .filter((rule) => rule.uncertain === undefined && admitsVpc(index, rule, vpc))
            .map((rule) => ({ rule, vpc, address: one.address })),
        ),
    );
  return [...Map.groupBy(rules, ({ rule }) => rule)].map(([rule, uses]) => {
    const names = listText(uses.map(({ address }) => address));
    const message = `all of ${uses[0]?.vpc ?? 'the VPC'} (${peerText(rule)}) may speak to ${names}, and not only the groups that use it`;
    return finding('interface-endpoint-admits-vpc', { address: rule.address, place: rule.place, message });
  });
};

export const checkUnrestrictedEgress: Check = ({ index, flows }) => {
  const outgoing = new Set(
    flows
      .filter(({ to, delivered }) => to === 'internet' && delivered.kind === 'always')
      .map(({ from }) => from),
  );
  return index.model.securityGroups.flatMap((group) => {
    const rule = group.egress.find(
      ({ protocol, peer, uncertain }) =>
        protocol === 'all' && uncertain === undefined && cidrsOfPeer(peer).some(isInternetWide),
    );
    const senders = index
      .carriers(group.address)
      .filter(({ endpoint, address }) => outgoing.has(endpoint) || outgoing.has(address));
    if (rule === undefined || senders.length === 0) return [];
    const message = `${group.address} lets everything out to everywhere, and it arrives from ${listText(senders.map(({ endpoint }) => endpoint))}`;
    return [finding('unrestricted-egress', { address: rule.address, place: rule.place, message })];
  });
};

const MANY_PORTS = 1000;
const ALL_PORTS = 65_535;

/** A list that admits the ports of answers admits connections to them as well: it keeps no state. */
export const checkEphemeralPorts: Check = ({ index }) => {
  const facing = index.model.subnets.filter((subnet) => {
    const routes = internetRoutes(index, subnet);
    return routes !== 'unknown' && routes.length > 0;
  });
  const acls = new Set(facing.map(({ networkAcl }) => networkAcl));
  return index.model.networkAcls
    .filter(({ address }) => acls.has(address))
    .flatMap(({ address, ingress }) =>
      ingress.flatMap((rule) => {
        const { from, to } = rangeOfRule(rule);
        const isPorts = rule.protocol === 6 || rule.protocol === 17;
        const isWide = to - from >= MANY_PORTS && to - from < ALL_PORTS;
        if (rule.action !== 'allow' || !isPorts || !isWide || !isInternetWide(rule.cidr)) return [];
        const message = `rule ${rule.number} of ${address} admits ports ${from} to ${to} from ${rule.cidr}: answers need them, and whoever begins a connection gets them too; security groups alone stand behind it`;
        return [finding('ephemeral-ports-open', { address: rule.address, place: rule.place, message })];
      }),
    );
};

function blocksOf(vpc: { readonly cidrs: readonly string[]; readonly ipv6Cidrs: readonly string[] }) {
  return [...vpc.cidrs, ...vpc.ipv6Cidrs].flatMap((cidr) => parseCidr(cidr) ?? []);
}

function privateBlocks({ peer }: SecurityGroupRule): readonly Cidr[] {
  return cidrsOfPeer(peer)
    .flatMap((cidr) => outsideBlock(cidr) ?? [])
    .filter((block) => !isPublic(block));
}

function admitsVpc(index: ModelIndex, { peer }: SecurityGroupRule, vpc: string): boolean {
  const blocks = cidrsOfPeer(peer).flatMap((cidr) => outsideBlock(cidr) ?? []);
  const [own] = (index.vpc(vpc)?.cidrs ?? []).flatMap((cidr) => parseCidr(cidr) ?? []);
  return own !== undefined && blocks.some((block) => containsCidr(block, own));
}

function peerText({ peer }: SecurityGroupRule): string {
  return peer.kind === 'security-group' || peer.kind === 'prefix-list'
    ? peer.address
    : cidrsOfPeer(peer).join(' and ');
}
