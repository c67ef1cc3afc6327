/** What is known of each program of a plan: where it is, and how it is. Pure. */
import type { Program } from '../nodes/index.ts';
import type { DeploymentPlan } from './plan-deployment.ts';
import type { NodeRecord } from './supervise-nodes.ts';

export interface NodeStatus extends NodeRecord {
  readonly id: string;
  readonly program: Program;
  readonly availabilityZone: string;
  readonly privateAddress: string;
  readonly publicAddress?: string;
}

export function nodeStatuses(
  { nodes, fabric }: Pick<DeploymentPlan, 'nodes' | 'fabric'>,
  record: (id: string) => NodeRecord,
): readonly NodeStatus[] {
  return nodes.flatMap(({ id, program, availabilityZone }) => {
    const place = fabric.nodes.find((node) => node.id === id);
    if (place === undefined) return [];
    const { privateAddress, publicAddress } = place;
    return [
      {
        ...{ id, program, availabilityZone, privateAddress },
        ...(publicAddress !== undefined && { publicAddress }),
        ...record(id),
      },
    ];
  });
}
