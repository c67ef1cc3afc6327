/**
 * The specification in code: what AWS does with one packet, there and back, layer by layer. Slow and plain on purpose;
 * `prove` answers the same for every packet at once, and the two are held against each other.
 */

import type { VpcModel } from '../vpc/model.ts';
import { type Address, addressFrom } from './address-space.ts';
import { enterFromInternet, enterInterface, isInternet } from './internet-crossing.ts';
import { denied, together } from './layer.ts';
import type { MovingPacket, Way } from './packet-way.ts';
import {
  addressesOf,
  demand,
  isInVpc,
  type PreparedModel,
  preparedFrom,
  vpcOfSubnet,
} from './prepared-model.ts';
import { answerTo, trafficOf } from './rule-traffic.ts';
import type { Judgement, LayerVerdict, Packet, Party } from './verdict.ts';
import { wayBack } from './way-back.ts';
import { wayThere } from './way-there.ts';

export function judge(model: VpcModel | PreparedModel, packet: Packet): Judgement {
  const prepared = preparedFrom(model);
  const [source, destination] = [addressFrom(packet.source.address), addressFrom(packet.destination.address)];
  const { family } = source;
  if (family !== destination.family) throw new TypeError('a packet has addresses of one family');
  const moving: MovingPacket = {
    traffic: packet.traffic,
    rules: trafficOf(packet.traffic, family),
    answer: answerTo(packet.traffic, family),
    source,
    destination,
  };
  const sender =
    packet.source.kind === 'interface' ? demand(prepared.interfaces, packet.source.id) : undefined;
  const refusal = refuseSource(prepared, packet.source, source);
  if (refusal !== undefined) return judgement([refusal], []);
  const way = sender === undefined ? wayIn(prepared, packet, moving) : wayThere(prepared, sender, moving);
  const there = heldToDestination(prepared, packet, way);
  const back =
    there.arrival === undefined ? [] : wayBack(prepared, there.arrival, { sender, packet: moving });
  return judgement(there.layers, back);
}

function judgement(forward: readonly LayerVerdict[], back: readonly LayerVerdict[]): Judgement {
  return { delivered: together(forward), answered: together([...forward, ...back]), forward, back };
}

/** AWS drops what a machine sends from an address that is not its own, and our addresses come from nobody else. */
function refuseSource(prepared: PreparedModel, party: Party, source: Address): LayerVerdict | undefined {
  if (party.kind === 'interface') {
    const one = demand(prepared.interfaces, party.id);
    if (addressesOf(one).some((text) => addressFrom(text).text === source.text)) return undefined;
    const spot = { layer: 'source-check', direction: 'egress', at: one.endpoint } as const;
    return denied(spot, one, `default: ${source.text} is no address of ${one.endpoint}`);
  }
  if (party.kind === 'internet' && isInternet(prepared, source)) return undefined;
  const spot = { layer: 'source-check', direction: 'egress', at: 'internet' } as const;
  const text =
    party.kind === 'service'
      ? `default: ${source.text} is a service, which only answers`
      : `default: nobody on the internet has ${source.text}`;
  return denied(spot, { address: 'internet' }, text);
}

function wayIn(prepared: PreparedModel, packet: Packet, moving: MovingPacket): Way {
  if (packet.destination.kind === 'interface') {
    return enterInterface(prepared, demand(prepared.interfaces, packet.destination.id), moving);
  }
  const way = enterFromInternet(prepared, moving);
  if (way.arrival?.at !== 'internet') return way;
  const spot = { layer: 'internet-gateway', direction: 'ingress', at: 'internet' } as const;
  return { layers: [denied(spot, { address: 'internet' }, 'default: it does not lead to a VPC of ours')] };
}

/** The same private address may mean another machine in another VPC. */
function heldToDestination(prepared: PreparedModel, { source, destination }: Packet, way: Way): Way {
  const { arrival } = way;
  if (destination.kind !== 'interface') return way;
  if (arrival === undefined) return withinOwnRange(prepared, { source, destination }, way);
  const reached = arrival.at === 'interface' ? arrival.interface.id : undefined;
  const own = arrival.at === 'nearby' && source.kind === 'interface' ? source.id : undefined;
  if ((reached ?? own) === destination.id) return way;
  const { endpoint, address, place } = demand(prepared.interfaces, destination.id);
  const where = arrival.at === 'interface' ? arrival.interface.endpoint : arrival.at;
  const spot = { layer: 'route-table', direction: 'egress', at: endpoint } as const;
  const text = `${destination.address} leads to ${where}, not to ${endpoint}`;
  return { layers: [...way.layers, denied(spot, { address, place }, text)] };
}

/** Wherever a route inside a VPC leads what is sent to its own range: to another VPC with the same range it does not. */
function withinOwnRange(
  prepared: PreparedModel,
  { source, destination }: { readonly source: Party; readonly destination: Party & { kind: 'interface' } },
  way: Way,
): Way {
  if (source.kind !== 'interface') return way;
  const near = vpcOfSubnet(prepared, demand(prepared.interfaces, source.id).subnet);
  const one = demand(prepared.interfaces, destination.id);
  const isOwn = isInVpc(prepared, near, addressFrom(destination.address));
  if (!isOwn || vpcOfSubnet(prepared, one.subnet).address === near.address) return way;
  const spot = { layer: 'route-table', direction: 'egress', at: one.endpoint } as const;
  const text = `${destination.address} is of a range of ${near.address}`;
  return { layers: [...way.layers, denied(spot, near, text)] };
}
