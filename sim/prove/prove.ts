/**
 * What reaches what, over every packet: exact, by sets of addresses, ports and protocols that no rule tells apart. It
 * speaks of source ports 1024 to 65535, and of packets to private, IPv6 and public addresses as their senders would write
 * them; of what an interface sends to its own addresses it does not.
 */

import type { VpcModel } from '../vpc/model.ts';
import { flowsOf } from './flows.ts';
import { INTERNET } from './internet-ranges.ts';
import { outcomesOf } from './outcomes.ts';
import { groupNameOf } from './parties.ts';
import type { Proof } from './proof.ts';
import { provenNetwork } from './proven-network.ts';
import { provenUnknowns, unplacedFlows } from './proven-unknowns.ts';

export function prove(model: VpcModel): Proof {
  const net = provenNetwork(model);
  const { flows: placed, byPublicAddress } = flowsOf(model, net, outcomesOf(net.causes));
  const apart = new Set(model.unplaced.map(({ endpoint }) => groupNameOf(endpoint)));
  const names = model.interfaces.map(({ endpoint }) => {
    const group = groupNameOf(endpoint);
    return apart.has(group) ? endpoint : group;
  });
  const endpoints = model.gatewayEndpoints.map(({ address }) => address);
  const flows =
    apart.size === 0
      ? placed
      : [...placed, ...unplacedFlows(model, [...new Set([INTERNET, ...names, ...endpoints])])];
  return { flows, byPublicAddress, unknown: provenUnknowns(model, { flows, byPublicAddress }) };
}
