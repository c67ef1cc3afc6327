/** The way of a packet from its sender to whoever receives it, layer by layer, in the order of AWS. */

import type { NetworkInterface, PeeringConnection, RouteTarget, Vpc } from '../vpc/model.ts';
import { type Address, addressFrom, isPublicSpace, isUnfiltered } from './address-space.ts';
import {
  enterFromInternet,
  leaveByInternetGateway,
  publicAddressUnknown,
  refusedByNat,
} from './internet-crossing.ts';
import { allowed, denied } from './layer.ts';
import { judgeNetworkAcl } from './network-acl-verdict.ts';
import { after, type MovingPacket, type Way } from './packet-way.ts';
import { type Holder, isInVpc, isWithin, type PreparedModel, vpcOfSubnet } from './prepared-model.ts';
import { judgeRoute } from './route-verdict.ts';
import { isCarriedByNat } from './rule-traffic.ts';
import { judgeSecurityGroups } from './security-group-verdict.ts';

/** Who puts the packet on the subnet's router: a machine, or a NAT gateway. */
interface Sender {
  readonly endpoint: string;
  readonly subnet: string;
  readonly interface?: NetworkInterface;
  readonly outside?: Address;
}

export function wayThere(prepared: PreparedModel, one: NetworkInterface, packet: MovingPacket): Way {
  const { destination } = packet;
  const vpc = vpcOfSubnet(prepared, one.subnet);
  const isOwn = [one.privateAddress, one.ipv6Address].includes(destination.text);
  if (isOwn) return { layers: [], arrival: { at: 'nearby' } };
  if (isUnfiltered(destination, vpc)) {
    const spot = { layer: 'route-table', direction: 'egress', at: one.subnet } as const;
    const text = `default: ${destination.text} is a service of AWS that nothing filters`;
    return { layers: [allowed(spot, vpc, text)], arrival: { at: 'nearby' } };
  }
  const question = { direction: 'egress', peer: destination, traffic: packet.rules } as const;
  const group = judgeSecurityGroups(prepared, { ...question, interface: one });
  const outside = outsideAddress(one, destination.family);
  const sender: Sender = {
    endpoint: one.endpoint,
    subnet: one.subnet,
    interface: one,
    ...(outside !== undefined && { outside }),
  };
  return after([group], fromSubnet(prepared, sender, packet));
}

/** What the internet sees of it. A unique local IPv6 address is not for the internet. */
function outsideAddress(one: NetworkInterface, family: 4 | 6): Address | undefined {
  const text = family === 4 ? one.publicAddress : one.ipv6Address;
  const address = text === undefined ? undefined : addressFrom(text);
  return address?.family === 6 && !isPublicSpace(address) ? undefined : address;
}

/** From the subnet's router on, which asks the ACL only about what leaves the subnet. */
function fromSubnet(prepared: PreparedModel, sender: Sender, packet: MovingPacket): Way {
  const { destination } = packet;
  const vpc = vpcOfSubnet(prepared, sender.subnet);
  const holder = prepared.inside.get(vpc.address)?.get(destination.text);
  if (holder !== undefined && subnetOf(holder) === sender.subnet) {
    return toHolder(prepared, holder, { packet, by: 'subnet' });
  }
  const route = judgeRoute(prepared, sender.subnet, destination);
  const staysInside = route.candidates.some(
    (target) => target.kind === 'nat-gateway' && natSubnet(prepared, target.address) === sender.subnet,
  );
  const acl = judgeNetworkAcl(prepared, {
    subnet: sender.subnet,
    direction: 'egress',
    peer: destination,
    traffic: packet.rules,
  });
  const layers = staysInside ? [route.layer] : [acl, route.layer];
  const { target } = route;
  if (target === undefined) return { layers };
  if (target.kind === 'local') return after(layers, toLocal(prepared, vpc, { holder, packet, sender }));
  return after(layers, toTarget(prepared, target, { vpc, sender, packet }));
}

function toLocal(
  prepared: PreparedModel,
  vpc: Vpc,
  { holder, packet, sender }: { holder: Holder | undefined; packet: MovingPacket; sender: Sender },
): Way {
  if (holder !== undefined) return toHolder(prepared, holder, { packet, by: 'vpc' });
  const spot = { layer: 'route-table', direction: 'egress', at: sender.subnet } as const;
  return {
    layers: [denied(spot, vpc, `default: no interface of ${vpc.address} has ${packet.destination.text}`)],
  };
}

function toHolder(
  prepared: PreparedModel,
  holder: Holder,
  { packet, by }: { packet: MovingPacket; by: 'subnet' | 'vpc' | 'peering' },
): Way {
  if (holder.kind === 'nat-gateway') {
    return { layers: [refusedByNat(holder.gateway, 'nothing begins a connection to a NAT gateway')] };
  }
  const one = holder.interface;
  const question = { direction: 'ingress', peer: packet.source, traffic: packet.rules } as const;
  const group = judgeSecurityGroups(prepared, { ...question, interface: one });
  const acl = by === 'subnet' ? [] : [judgeNetworkAcl(prepared, { ...question, subnet: one.subnet })];
  return {
    layers: [...acl, group],
    arrival: { at: 'interface', interface: one, seen: packet.source, by },
  };
}

interface Leaving {
  readonly vpc: Vpc;
  readonly sender: Sender;
  readonly packet: MovingPacket;
}

function toTarget(
  prepared: PreparedModel,
  target: Exclude<RouteTarget, { kind: 'local' }>,
  leaving: Leaving,
): Way {
  const { vpc, sender, packet } = leaving;
  switch (target.kind) {
    case 'internet-gateway': {
      const doubt =
        packet.destination.family === 4 && sender.interface
          ? publicAddressUnknown(sender.interface, 'egress')
          : undefined;
      return leaveByInternetGateway(
        prepared,
        { at: sender.endpoint, vpc: vpc.address, gateway: target.address },
        {
          packet,
          ...(doubt !== undefined && { isUncertain: doubt }),
          ...(sender.outside !== undefined && { outside: sender.outside }),
        },
      );
    }
    case 'egress-only-internet-gateway':
      return toEgressOnly(prepared, target.address, leaving);
    case 'nat-gateway':
      return toNat(prepared, target.address, leaving);
    case 'peering':
      return toPeering(prepared, target.address, leaving);
    case 'gateway-endpoint':
      return toEndpoint(prepared, target.address, leaving);
    default:
      throw new TypeError(`a route to ${target.kind} has no way on`);
  }
}

function toEndpoint(prepared: PreparedModel, address: string, { vpc, packet }: Leaving): Way {
  const spot = { layer: 'gateway-endpoint', direction: 'egress', at: address } as const;
  const endpoint = prepared.model.gatewayEndpoints.find((one) => one.address === address);
  if (endpoint?.vpc !== vpc.address) {
    return { layers: [denied(spot, { address }, `${address} is not in ${vpc.address}`)] };
  }
  if (!endpoint.cidrs.some((cidr) => isWithin(prepared, cidr, packet.destination))) {
    return { layers: [denied(spot, endpoint, `${packet.destination.text} is not of ${endpoint.service}`)] };
  }
  return {
    layers: [allowed(spot, endpoint, `carried to ${endpoint.service}`)],
    arrival: { at: 'gateway-endpoint' },
  };
}

function toEgressOnly(prepared: PreparedModel, address: string, { vpc, sender, packet }: Leaving): Way {
  const spot = { layer: 'egress-only-internet-gateway', direction: 'egress', at: sender.endpoint } as const;
  const gateway = prepared.model.egressOnlyInternetGateways.find((one) => one.address === address);
  if (gateway?.vpc !== vpc.address) {
    return { layers: [denied(spot, { address }, `${address} is not attached to ${vpc.address}`)] };
  }
  if (packet.destination.family === 4 || !isPublicSpace(packet.destination)) {
    return { layers: [denied(spot, gateway, `${packet.destination.text} is no public IPv6 address`)] };
  }
  if (sender.outside === undefined) {
    return { layers: [denied(spot, gateway, `${sender.endpoint} has no public address`)] };
  }
  return after([allowed(spot, gateway, 'carried')], enterFromInternet(prepared, packet));
}

function toNat(prepared: PreparedModel, address: string, { vpc, sender, packet }: Leaving): Way {
  const gateway = prepared.natGateways.get(address);
  const isNear = gateway !== undefined && vpcOfSubnet(prepared, gateway.subnet).address === vpc.address;
  if (!isNear) return { layers: [refusedByNat({ address }, `${address} is not in ${vpc.address}`)] };
  const question = { subnet: gateway.subnet, peer: packet.source, traffic: packet.rules } as const;
  const entering =
    gateway.subnet === sender.subnet
      ? []
      : [judgeNetworkAcl(prepared, { ...question, direction: 'ingress' })];
  const spot = { layer: 'nat-gateway', direction: 'egress', at: gateway.address } as const;
  if (sender.interface === undefined) {
    return { layers: [...entering, refusedByNat(gateway, 'a NAT gateway does not translate for another')] };
  }
  if (packet.destination.family === 6 || !isCarriedByNat(packet.traffic)) {
    return { layers: [...entering, refusedByNat(gateway, 'it carries TCP, UDP and ICMP over IPv4 only')] };
  }
  const next: Sender = {
    endpoint: gateway.address,
    subnet: gateway.subnet,
    ...(gateway.publicAddress !== undefined && { outside: addressFrom(gateway.publicAddress) }),
  };
  const way = fromSubnet(prepared, next, { ...packet, source: addressFrom(gateway.privateAddress) });
  const layers = [...entering, allowed(spot, gateway, `translated to ${gateway.privateAddress}`)];
  if (way.arrival === undefined || way.arrival.at === 'nearby') return after(layers, way);
  return after(layers, { ...way, arrival: { ...way.arrival, nat: gateway } });
}

function toPeering(prepared: PreparedModel, address: string, { vpc, packet }: Leaving): Way {
  const spot = { layer: 'peering', direction: 'egress', at: address } as const;
  const peering = prepared.model.peeringConnections.find((one) => one.address === address);
  const far = peering && farEnd(prepared, peering, vpc.address);
  if (peering === undefined || far === undefined) {
    return { layers: [denied(spot, { address }, `it carries nothing from ${vpc.address}`)] };
  }
  const refusal = refusalOfPeering(prepared, peering, { near: vpc, far, packet });
  if (refusal !== undefined) return { layers: [denied(spot, peering, refusal)] };
  const holder = prepared.inside.get(far.address)?.get(packet.destination.text);
  if (holder === undefined) {
    const text = `no interface of ${far.address} has ${packet.destination.text}`;
    return { layers: [denied(spot, peering, text)] };
  }
  return after(
    [allowed(spot, peering, `carried to ${far.address}`)],
    toHolder(prepared, holder, { packet, by: 'peering' }),
  );
}

export function farEnd(prepared: PreparedModel, peering: PeeringConnection, near: string): Vpc | undefined {
  if (peering.requester === near) return prepared.vpcs.get(peering.accepter);
  return peering.accepter === near ? prepared.vpcs.get(peering.requester) : undefined;
}

/** Why it does not carry the packet; undefined: it does. */
export function refusalOfPeering(
  prepared: PreparedModel,
  peering: PeeringConnection,
  { near, far, packet }: { near: Vpc; far: Vpc; packet: { source: Address; destination: Address } },
): string | undefined {
  if (!peering.isActive) return 'it is not active';
  const isFromNear = isInVpc(prepared, near, packet.source);
  const isToFar = isInVpc(prepared, far, packet.destination);
  if (isFromNear && isToFar) return undefined;
  return `it carries from ranges of ${near.address} to ranges of ${far.address} only`;
}

function subnetOf(holder: Holder): string {
  return holder.kind === 'interface' ? holder.interface.subnet : holder.gateway.subnet;
}

function natSubnet(prepared: PreparedModel, address: string): string | undefined {
  return prepared.natGateways.get(address)?.subnet;
}
