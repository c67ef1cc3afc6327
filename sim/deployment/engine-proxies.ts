/** The proxies that end TLS beside engines, where the launch contract asks for them: which there are, and what they need of this machine. */
import { findProgram } from '../balancers/index.ts';
import { environmentPath, type MachineSpec } from '../fabric/index.ts';
import { planProxy, proxyIdOf, type StandIns } from '../nodes/index.ts';
import type { DeploymentPlan } from './plan-deployment.ts';

const use = 'the proxies beside engines';

export function findHaproxy(): string {
  return findProgram('haproxy', environmentPath(), { use });
}

export function findOpenssl(): string {
  return findProgram('openssl', environmentPath(), { use });
}

/** @throws DrydockError SIM_TOOL_MISSING where the plan needs a program that is not on this machine. */
export function requireProxyPrograms({ nodes }: Pick<DeploymentPlan, 'nodes'>): void {
  if (!nodes.some((node) => proxyIdOf(node) !== undefined)) return;
  findHaproxy();
  findOpenssl();
}

/** Nodes that have one beside them. */
export function proxiedNodes({ nodes, fabric }: DeploymentPlan) {
  return nodes.flatMap((node) => {
    const place = fabric.nodes.find(({ id }) => id === node.id);
    const proxyId = proxyIdOf(node);
    if (place === undefined || proxyId === undefined) return [];
    return [{ node, proxyId, id: node.id, address: place.privateAddress, namespace: place.namespace }];
  });
}

export function proxyMachines(plan: DeploymentPlan, standIns: StandIns): readonly MachineSpec[] {
  return proxiedNodes(plan).flatMap(
    ({ node, namespace, address }) => planProxy(node, { namespace, address, standIns, findHaproxy }) ?? [],
  );
}
