/** The proxies that end TLS beside engines, where the launch contract asks for them: which there are, and what they need of this machine. */
import { findProgram } from '../balancers/index.ts';
import { environmentPath, type MachineSpec } from '../fabric/index.ts';
import { type LaunchedNode, planProxy, proxyIdOf, type StandIns } from '../nodes/index.ts';
import type { DeploymentPlan } from './plan-deployment.ts';

const use = 'the proxies beside engines';

export interface ProgramSearch {
  /** Default: the environment's PATH. */
  readonly pathVariable?: string;
  /** Looked into after it. Default: where distributions put them. */
  readonly folders?: readonly string[];
}

/** @returns an absolute path. @throws DrydockError SIM_TOOL_MISSING where it is not on this machine. */
export function findHaproxy({ pathVariable = environmentPath(), ...search }: ProgramSearch = {}): string {
  return findProgram('haproxy', pathVariable, { use, ...search });
}

/** @returns an absolute path. @throws DrydockError SIM_TOOL_MISSING where it is not on this machine. */
export function findOpenssl({ pathVariable = environmentPath(), ...search }: ProgramSearch = {}): string {
  return findProgram('openssl', pathVariable, { use, ...search });
}

/** @throws DrydockError SIM_TOOL_MISSING where the plan needs a program that is not on this machine. */
export function requireProxyPrograms(
  { nodes }: Pick<DeploymentPlan, 'nodes'>,
  search: ProgramSearch = {},
): void {
  if (!nodes.some((node) => proxyIdOf(node) !== undefined)) return;
  findHaproxy(search);
  findOpenssl(search);
}

export interface ProxiedNode {
  readonly node: LaunchedNode;
  readonly id: string;
  readonly proxyId: string;
  /** In the VPC: what the certificate is for. */
  readonly address: string;
  readonly namespace: string;
}

/**
 * Nodes that have one beside them.
 * @throws TypeError where the fabric has no place for one: left out, its engine would be without TLS, and nobody told.
 */
export function proxiedNodes({
  nodes,
  fabric,
}: Pick<DeploymentPlan, 'nodes' | 'fabric'>): readonly ProxiedNode[] {
  return nodes.flatMap((node) => {
    const proxyId = proxyIdOf(node);
    if (proxyId === undefined) return [];
    const place = fabric.nodes.find(({ id }) => id === node.id);
    if (place === undefined) throw new TypeError(`the fabric has no place for ${proxyId}`);
    return [{ node, proxyId, id: node.id, address: place.privateAddress, namespace: place.namespace }];
  });
}

/** @throws DrydockError SIM_TOOL_MISSING where there is one and HAProxy is not on this machine; TypeError as `proxiedNodes`. */
export function proxyMachines(
  plan: Pick<DeploymentPlan, 'nodes' | 'fabric'>,
  { search, ...standIns }: StandIns & { readonly search?: ProgramSearch },
): readonly MachineSpec[] {
  return proxiedNodes(plan).flatMap(
    ({ node, namespace, address }) =>
      planProxy(node, { namespace, address, standIns, findHaproxy: () => findHaproxy(search) }) ?? [],
  );
}
