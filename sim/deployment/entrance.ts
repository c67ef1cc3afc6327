/** Where people enter a deployment. */
import { DrydockError } from '../errors.ts';
import type { LoadBalancer, LoadBalancerListener } from '../vpc/model.ts';
import type { DeploymentPlan } from './plan-deployment.ts';

export interface Entrance {
  /** Of a machine, or of a load balancer's interface. */
  readonly id: string;
  readonly address: string;
  readonly port: number;
}

const gatewayPort = 443;
/** Those that pass on what they get: who enters speaks plain HTTP. */
const plainProtocols = ['HTTP', 'TCP', 'TCP_UDP'];

/**
 * The first gateway that has a public address, else the first load balancer that has one and sends to a gateway.
 * @throws DrydockError SIM_LAUNCH_CONTRACT_BROKEN
 */
export function publicGateway(plan: Pick<DeploymentPlan, 'nodes' | 'vpc'>): Entrance {
  const [own] = publicGateways(plan);
  if (own !== undefined) return own;
  const gateways = new Set(plan.nodes.filter(({ program }) => program === 'gateway').map(({ id }) => id));
  const interfaces = new Set(
    plan.vpc.instances.filter(({ id }) => gateways.has(id)).map((one) => one.networkInterface.id),
  );
  const [entrance] = plan.vpc.loadBalancers.flatMap((balancer) =>
    throughBalancer(plan, balancer, interfaces),
  );
  if (entrance !== undefined) return entrance;
  throw new DrydockError(
    'SIM_LAUNCH_CONTRACT_BROKEN',
    'could not enter the network: no machine tagged drydock:program=gateway has a public address, and no load balancer that has one sends to such a machine by HTTP or TCP; give one associate_public_ip_address',
  );
}

/** Every gateway that has a public address, in the plan's order: who knows them all goes to another one when one is gone. */
export function publicGateways(plan: Pick<DeploymentPlan, 'nodes' | 'vpc'>): readonly Entrance[] {
  const gateways = new Set(plan.nodes.filter(({ program }) => program === 'gateway').map(({ id }) => id));
  return plan.vpc.instances.flatMap(({ id, networkInterface: { publicAddress: address } }) =>
    gateways.has(id) && address !== undefined ? [{ id, address, port: gatewayPort }] : [],
  );
}

function throughBalancer(
  { vpc }: Pick<DeploymentPlan, 'vpc'>,
  balancer: LoadBalancer,
  gateways: ReadonlySet<string>,
): readonly Entrance[] {
  const sendsToGateway = ({ targets }: Pick<LoadBalancerListener, 'targets'>) =>
    targets.some((target) => target.interfaces.some((id) => gateways.has(id)));
  const listener = balancer.listeners.find(
    (one) => plainProtocols.includes(one.protocol) && [one, ...(one.rules ?? [])].some(sendsToGateway),
  );
  if (listener === undefined) return [];
  return vpc.interfaces
    .filter(({ id }) => balancer.interfaces.includes(id))
    .flatMap(({ id, publicAddress }) =>
      publicAddress === undefined ? [] : [{ id, address: publicAddress, port: listener.port }],
    );
}
