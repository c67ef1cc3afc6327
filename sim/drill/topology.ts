/** Who is who in the deployment that is drilled. */
import type { LaunchedNode, Program } from '../nodes/index.ts';

export interface Member {
  readonly id: string;
  readonly zone: string;
}

export interface Topology {
  readonly gateways: readonly Member[];
  readonly engines: readonly Member[];
  readonly workers: readonly Member[];
}

export function topologyOf(nodes: readonly LaunchedNode[]): Topology {
  const all = (program: Program) =>
    nodes.filter((node) => node.program === program).map(({ id, availabilityZone: zone }) => ({ id, zone }));
  return { gateways: all('gateway'), engines: all('engine'), workers: all('worker') };
}
