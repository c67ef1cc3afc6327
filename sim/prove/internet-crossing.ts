/**
 * The border of the internet, both ways: out of a VPC by a gateway, and in to a public address by the internet gateway,
 * which translates IPv4 one to one.
 * https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html
 */

import type { NetworkInterface } from '../vpc/model.ts';
import { type Address, isPublicSpace } from './address-space.ts';
import { allowed, denied, unknown } from './layer.ts';
import { judgeNetworkAcl } from './network-acl-verdict.ts';
import { after, type MovingPacket, type Way } from './packet-way.ts';
import { type Holder, isInService, isInVpc, type PreparedModel, vpcOfSubnet } from './prepared-model.ts';
import { judgeSecurityGroups } from './security-group-verdict.ts';
import type { LayerVerdict } from './verdict.ts';

/** Whether a gateway to the internet carries packets to the address at all. */
export function isPublicDestination(prepared: PreparedModel, address: Address): boolean {
  if (prepared.public.has(address.text) || isInService(prepared, address)) return true;
  if (!isPublicSpace(address)) return false;
  return address.family === 6 || !prepared.model.vpcs.some((vpc) => isInVpc(prepared, vpc, address));
}

/** A machine on the internet, that is: nothing of ours, and no service that only answers. */
export function isInternet(prepared: PreparedModel, address: Address): boolean {
  const isOurs =
    prepared.public.has(address.text) ||
    isInService(prepared, address) ||
    prepared.model.vpcs.some((vpc) => isInVpc(prepared, vpc, address));
  return !isOurs && isPublicSpace(address);
}

/** From the internet's side: whoever has the destination's address, there or in one of our VPCs. */
export function enterFromInternet(prepared: PreparedModel, packet: MovingPacket): Way {
  const { destination } = packet;
  const holder = prepared.public.get(destination.text) ?? prepared.global.get(destination.text);
  if (holder !== undefined) return enterHolder(prepared, holder, packet);
  const range = prepared.model.vpcs.find((vpc) => isInVpc(prepared, vpc, destination));
  if (range === undefined) return { layers: [], arrival: { at: 'internet' } };
  const spot = { layer: 'internet-gateway', direction: 'ingress', at: range.address } as const;
  return { layers: [denied(spot, range, `no interface has ${destination.text}`)] };
}

/** To one interface, even where its address cannot be written on the internet: what comes after is judged all the same. */
export function enterInterface(prepared: PreparedModel, one: NetworkInterface, packet: MovingPacket): Way {
  const question = { direction: 'ingress', peer: packet.source, traffic: packet.rules } as const;
  return {
    layers: [
      gatewayIn(prepared, one, packet.destination),
      judgeNetworkAcl(prepared, { ...question, subnet: one.subnet }),
      judgeSecurityGroups(prepared, { ...question, interface: one }),
    ],
    arrival: { at: 'interface', interface: one, seen: packet.source, by: 'internet' },
  };
}

/** Out through the internet gateway. `outside` is the address that the internet sees; absent, it is not known. */
export function leaveByInternetGateway(
  prepared: PreparedModel,
  { at, vpc, gateway }: { readonly at: string; readonly vpc: string; readonly gateway: string },
  { packet, isUncertain, outside }: { packet: MovingPacket; isUncertain?: LayerVerdict; outside?: Address },
): Way {
  const spot = { layer: 'internet-gateway', direction: 'egress', at } as const;
  const found = prepared.model.internetGateways.find((one) => one.address === gateway && one.vpc === vpc);
  if (found === undefined) {
    return { layers: [denied(spot, { address: gateway }, `${gateway} is not attached to ${vpc}`)] };
  }
  if (!isPublicDestination(prepared, packet.destination)) {
    return { layers: [denied(spot, found, `${packet.destination.text} is no public address`)] };
  }
  const layer =
    isUncertain ??
    (outside === undefined
      ? denied(spot, found, `${at} has no public address`)
      : allowed(spot, found, outside.family === 4 ? `translated to ${outside.text}` : 'carried'));
  if (outside !== undefined)
    return after([layer], enterFromInternet(prepared, { ...packet, source: outside }));
  const isOurs = prepared.public.has(packet.destination.text);
  return isOurs ? { layers: [layer] } : { layers: [layer], arrival: { at: 'internet' } };
}

export function publicAddressUnknown(
  one: NetworkInterface,
  direction: 'ingress' | 'egress',
): LayerVerdict | undefined {
  const cause = one.uncertain?.publicAddress;
  return cause && unknown({ layer: 'internet-gateway', direction, at: one.endpoint }, one, [cause]);
}

function enterHolder(prepared: PreparedModel, holder: Holder, packet: MovingPacket): Way {
  if (holder.kind === 'interface') return enterInterface(prepared, holder.interface, packet);
  const { address, place } = holder.gateway;
  return { layers: [refusedByNat({ address, place }, 'nothing begins a connection to a NAT gateway')] };
}

export function refusedByNat(
  gateway: { readonly address: string; readonly place?: NetworkInterface['place'] | undefined },
  text: string,
): LayerVerdict {
  return denied({ layer: 'nat-gateway', direction: 'ingress', at: gateway.address }, gateway, text);
}

/** Into the VPC of the subnet again, for an answer: nothing to be told, unless it is not known where the gateway leads it. */
export function gatewayHome(prepared: PreparedModel, subnet: string): readonly LayerVerdict[] {
  const vpc = vpcOfSubnet(prepared, subnet);
  const gateway = prepared.model.internetGateways.find((found) => found.vpc === vpc.address);
  if (gateway?.uncertain === undefined) return [];
  return [
    unknown({ layer: 'internet-gateway', direction: 'ingress', at: subnet }, gateway, [gateway.uncertain]),
  ];
}

function gatewayIn(prepared: PreparedModel, one: NetworkInterface, destination: Address): LayerVerdict {
  const spot = { layer: 'internet-gateway', direction: 'ingress', at: one.endpoint } as const;
  const vpc = vpcOfSubnet(prepared, one.subnet);
  const gateway = prepared.model.internetGateways.find((found) => found.vpc === vpc.address);
  if (gateway === undefined) return denied(spot, vpc, `default: ${vpc.address} has no internet gateway`);
  const isUnsure = gateway.uncertain && unknown(spot, gateway, [gateway.uncertain]);
  if (destination.family === 6) {
    return isPublicSpace(destination) && one.ipv6Address === destination.text
      ? (isUnsure ?? allowed(spot, gateway, 'carried'))
      : denied(spot, gateway, `${destination.text} is no public address of ${one.endpoint}`);
  }
  const doubt = publicAddressUnknown(one, 'ingress');
  if (doubt !== undefined) return doubt;
  return one.publicAddress === destination.text
    ? (isUnsure ?? allowed(spot, gateway, `translated to ${one.privateAddress}`))
    : denied(spot, gateway, `${one.endpoint} has no public address`);
}
