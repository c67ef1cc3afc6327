/**
 * The way of the answer. Security groups and NAT gateways remember the packet and let its answer pass; network ACLs
 * and route tables do not remember, and judge the answer as a packet of its own.
 */

import type { NatGateway, NetworkInterface, Vpc } from '../vpc/model.ts';
import { type Address, addressFrom } from './address-space.ts';
import { gatewayHome } from './internet-crossing.ts';
import { denied } from './layer.ts';
import { judgeNetworkAcl, judgeNetworkAclForNat } from './network-acl-verdict.ts';
import type { Arrival, MovingPacket } from './packet-way.ts';
import { type PreparedModel, vpcOfSubnet } from './prepared-model.ts';
import { judgeRoute } from './route-verdict.ts';
import type { RuleTraffic } from './rule-traffic.ts';
import type { LayerVerdict } from './verdict.ts';
import { farEnd, refusalOfPeering } from './way-there.ts';

interface Answer {
  readonly rules: RuleTraffic;
  /** Who is answered: an interface, or a machine on the internet. */
  readonly sender: NetworkInterface | undefined;
  /** Whom the sender wrote to, and hears from. */
  readonly destination: Address;
}

export function wayBack(
  prepared: PreparedModel,
  arrival: Arrival,
  { sender, packet }: { sender: NetworkInterface | undefined; packet: MovingPacket },
): readonly LayerVerdict[] {
  if (packet.answer === undefined || arrival.at === 'nearby') return [];
  const answer: Answer = { rules: packet.answer, sender, destination: packet.destination };
  if (arrival.at !== 'interface') {
    const home = arrival.at === 'internet' ? fromInternet : comingHome;
    return home(prepared, answer, arrival.nat);
  }
  if (arrival.by === 'subnet') return [];
  const leaving = leavingReceiver(prepared, arrival, answer);
  if (leaving.isOver) return leaving.layers;
  const home = arrival.by === 'internet' ? fromInternet : comingHome;
  return [...leaving.layers, ...home(prepared, answer, arrival.nat)];
}

function leavingReceiver(
  prepared: PreparedModel,
  arrival: Extract<Arrival, { at: 'interface' }>,
  { rules, sender }: Answer,
): { readonly layers: readonly LayerVerdict[]; readonly isOver: boolean } {
  const { interface: one, seen, nat } = arrival;
  const question = { subnet: one.subnet, direction: 'egress', peer: seen, traffic: rules } as const;
  const acl = nat ? judgeNetworkAclForNat(prepared, question, nat) : judgeNetworkAcl(prepared, question);
  const route = judgeRoute(prepared, one.subnet, seen);
  const layers = [acl, route.layer];
  if (route.target === undefined) return { layers, isOver: true };
  const home = nat?.subnet ?? sender?.subnet;
  const astray = strayed(prepared, {
    arrival,
    target: route.target,
    home: home ? vpcOfSubnet(prepared, home) : undefined,
  });
  return astray === undefined ? { layers, isOver: false } : { layers: [...layers, astray], isOver: true };
}

/** The layer that loses an answer which is routed another way than the one that leads back. */
function strayed(
  prepared: PreparedModel,
  {
    arrival,
    target,
    home,
  }: {
    arrival: Extract<Arrival, { at: 'interface' }>;
    target: NonNullable<ReturnType<typeof judgeRoute>['target']>;
    home: Vpc | undefined;
  },
): LayerVerdict | undefined {
  const { interface: one, seen, by } = arrival;
  const near = vpcOfSubnet(prepared, one.subnet);
  const address = 'address' in target ? target.address : near.address;
  const spot = { layer: 'route-table', direction: 'egress', at: one.subnet } as const;
  if (by === 'vpc' && target.kind === 'local') return undefined;
  if (by === 'peering' && target.kind === 'peering') {
    const peering = prepared.model.peeringConnections.find((found) => found.address === target.address);
    const far = peering === undefined ? undefined : farEnd(prepared, peering, near.address);
    const own = seen.family === 4 ? one.privateAddress : one.ipv6Address;
    const reason =
      peering !== undefined && far !== undefined && far.address === home?.address && own !== undefined
        ? refusalOfPeering(prepared, peering, {
            near,
            far,
            packet: { source: addressFrom(own), destination: seen },
          })
        : `it does not lead back to ${home?.address ?? seen.text}`;
    return reason === undefined
      ? undefined
      : denied({ layer: 'peering', direction: 'egress', at: target.address }, peering ?? { address }, reason);
  }
  if (by === 'internet' && target.kind === 'internet-gateway') {
    const gateway = prepared.model.internetGateways.find((found) => found.address === target.address);
    if (gateway?.vpc === near.address) return undefined;
    const reason = `${target.address} is not attached to ${near.address}`;
    return denied({ layer: 'internet-gateway', direction: 'egress', at: one.endpoint }, { address }, reason);
  }
  return denied(spot, { address }, `the answer to ${seen.text} goes to ${address}, not back the way it came`);
}

/** In by the gateway that the sender's packet left by: an egress-only one knows its own answers. */
function fromInternet(
  prepared: PreparedModel,
  answer: Answer,
  nat: NatGateway | undefined,
): readonly LayerVerdict[] {
  const home = comingHome(prepared, answer, nat);
  const subnet = nat?.subnet ?? answer.sender?.subnet;
  if (subnet === undefined) return home;
  const { target } = judgeRoute(prepared, subnet, answer.destination);
  return target?.kind === 'internet-gateway' ? [...gatewayHome(prepared, subnet), ...home] : home;
}

function comingHome(
  prepared: PreparedModel,
  { rules, sender, destination }: Answer,
  nat: NatGateway | undefined,
): readonly LayerVerdict[] {
  if (sender === undefined) return [];
  const question = { peer: destination, traffic: rules } as const;
  const home = { ...question, subnet: sender.subnet, direction: 'ingress' } as const;
  if (nat === undefined) return [judgeNetworkAcl(prepared, home)];
  const toNat = judgeNetworkAclForNat(
    prepared,
    { ...question, subnet: nat.subnet, direction: 'ingress' },
    nat,
  );
  if (nat.subnet === sender.subnet) return [toNat];
  const fromNat = judgeNetworkAcl(prepared, {
    subnet: nat.subnet,
    direction: 'egress',
    peer: addressFrom(sender.privateAddress),
    traffic: rules,
  });
  return [toNat, fromNat, judgeNetworkAcl(prepared, home)];
}
