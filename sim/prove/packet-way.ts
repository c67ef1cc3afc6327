/** Where a packet is on its way, and where it came to: what the way back needs to know of the way there. */

import type { NatGateway, NetworkInterface } from '../vpc/model.ts';
import type { Address } from './address-space.ts';
import type { RuleTraffic } from './rule-traffic.ts';
import type { LayerVerdict, Traffic } from './verdict.ts';

/** A packet with what every layer asks of it worked out. */
export interface MovingPacket {
  readonly traffic: Traffic;
  readonly rules: RuleTraffic;
  /** Absent: no answer is asked for. */
  readonly answer: RuleTraffic | undefined;
  /** As the sender wrote it. */
  readonly destination: Address;
  /** As the layer at hand sees it. */
  readonly source: Address;
}

export type Arrival =
  /** Never left the machine, or a service of AWS that nothing filters. */
  | { readonly at: 'nearby' }
  | {
      readonly at: 'interface';
      readonly interface: NetworkInterface;
      /** What the interface sees of the sender, and answers to. */
      readonly seen: Address;
      readonly by: 'subnet' | 'vpc' | 'peering' | 'internet';
      readonly nat?: NatGateway;
    }
  | { readonly at: 'internet' | 'gateway-endpoint'; readonly nat?: NatGateway };

export interface Way {
  readonly layers: readonly LayerVerdict[];
  /** Absent: it ends in a layer that drops it with nowhere to go on, or nobody knows where it goes. */
  readonly arrival?: Arrival;
}

/** The way after more layers. */
export function after(layers: readonly LayerVerdict[], way: Way): Way {
  return { ...way, layers: [...layers, ...way.layers] };
}
