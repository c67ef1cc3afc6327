/** Which HAProxy processes a model's load balancers need, and what of the load balancers they do not do. Pure. */

import type { LoadBalancer, LoadBalancerTarget, NetworkInterface, VpcModel } from '../vpc/model.ts';
import type { BalancedTarget } from './balanced-groups.ts';
import { balancerConfiguration, hasPort, isEncrypted, isSimulated, runs } from './haproxy-configuration.ts';
import type { BalancerSettings } from './settings.ts';

/** One a network interface of a load balancer. */
export interface BalancerProcess {
  /** Also the interface's. */
  readonly id: string;
  /** Of the load balancer. */
  readonly address: string;
  readonly networkInterface: NetworkInterface;
  readonly configuration: string;
  readonly ports: readonly number[];
  readonly needsCertificate: boolean;
  readonly targets: readonly BalancedTarget[];
}

export interface NotSimulated {
  /** Terraform address. */
  readonly address: string;
  readonly text: string;
}

export interface BalancerPlan {
  readonly processes: readonly BalancerProcess[];
  readonly notSimulated: readonly NotSimulated[];
}

export function planBalancers(model: VpcModel, settings: BalancerSettings): BalancerPlan {
  return {
    processes: model.loadBalancers.flatMap((balancer) => processesOf(model, balancer, settings)),
    notSimulated: model.loadBalancers.flatMap((balancer) => leftOut(balancer, settings)),
  };
}

function processesOf(
  model: VpcModel,
  balancer: LoadBalancer,
  settings: BalancerSettings,
): readonly BalancerProcess[] {
  const listeners = balancer.listeners.filter(runs);
  if (listeners.length === 0) return [];
  return balancer.interfaces
    .flatMap((id) => model.interfaces.find((one) => one.id === id) ?? [])
    .map((networkInterface) => {
      const { text, targets } = balancerConfiguration({ model, balancer, networkInterface, settings });
      return {
        id: networkInterface.id,
        address: balancer.address,
        networkInterface,
        configuration: text,
        ports: listeners.map(({ port }) => port),
        needsCertificate: listeners.some(isEncrypted),
        targets,
      };
    });
}

function leftOut(balancer: LoadBalancer, settings: BalancerSettings): readonly NotSimulated[] {
  const { listeners } = balancer;
  const unheard = listeners
    .filter(({ protocol }) => protocol === 'TCP_UDP' || !runs({ protocol }))
    .map(({ address, protocol }) => ({
      address,
      text:
        protocol === 'TCP_UDP'
          ? 'its UDP half is not run: HAProxy carries TCP alone'
          : `it is not run: HAProxy does not carry ${protocol}`,
    }));
  const rules = listeners.flatMap((listener) => listener.rules ?? []);
  const unmatched = rules.flatMap(({ address }) => {
    const setting = settings.actions.get(address);
    if (setting === undefined || isSimulated(setting)) return [];
    return [
      {
        address,
        text: `it never matches: its condition ${setting.otherConditions.join(', ')} is not simulated`,
      },
    ];
  });
  const targets = new Map(
    [...listeners.filter(runs), ...rules].flatMap((action) =>
      action.targets.map((target) => [target.address, target] as const),
    ),
  );
  const unlike = [...targets.values()].flatMap((target) => leftOutOf(target, balancer));
  return [...unheard, ...unmatched, ...unlike];
}

function leftOutOf(target: LoadBalancerTarget, { kind }: LoadBalancer): readonly NotSimulated[] {
  const { address } = target;
  if (!hasPort(target)) return [{ address, text: 'nothing is sent to it: Lambda functions are not called' }];
  if (kind !== 'network' || !target.preservesClientAddress) return [];
  const text =
    'its targets see the balancer’s address, not the client’s: a packet with another’s source is what the source check drops, so their groups must admit the balancer';
  return [{ address, text }];
}
