/** Everything that runs inside the fabric: local services, the programs, then the load balancers in front of them. */

import { type BalancerState, openBalancers } from '../balancers/index.ts';
import type { StartedFabric, SupervisorEvent } from '../fabric/index.ts';
import { localServicesMachine } from '../local-services/index.ts';
import { planMachine, type StandIns } from '../nodes/index.ts';
import { type NodeState, trackNodes } from './node-states.ts';
import type { DeploymentPlan } from './plan-deployment.ts';

export interface Processes {
  readonly onEvent: (event: SupervisorEvent) => void;
  /** Resolves when all serve; `onReady` learns how many programs do. */
  start(fabric: StartedFabric, onReady: (count: number) => void): Promise<void>;
  state(id: string): NodeState;
  balancerStates(): readonly BalancerState[];
}

const budgetMs = 60_000;

export function openProcesses(
  plan: DeploymentPlan,
  options: StandIns & { readonly onEnded: (id: string, how: string) => void },
): Processes {
  let tellReady: (count: number) => void = () => undefined;
  const states = trackNodes({ ...options, onReady: (count) => tellReady(count) });
  const localServices = trackNodes(options);
  const localServiceIds = plan.localServices.map(({ id }) => id);
  const balancers = openBalancers(plan.balancers, options);
  return {
    onEvent(event) {
      if (balancers.onEvent(event)) return;
      const isLocalService = 'id' in event && localServiceIds.includes(event.id);
      (isLocalService ? localServices : states).onEvent(event);
    },
    async start(fabric, onReady) {
      tellReady = onReady;
      const machines = [
        ...plan.localServices.map((process) => localServicesMachine(process, options)),
        ...plan.nodes.map((node) => planMachine(node, namespaceOf(plan, node.id), options)),
      ];
      await Promise.all(machines.map((machine) => fabric.startMachine(machine)));
      const nodeIds = plan.nodes.map(({ id }) => id);
      await Promise.all([
        localServices.allReady(localServiceIds, budgetMs),
        states.allReady(nodeIds, budgetMs),
      ]);
      await balancers.start(fabric);
    },
    state: states.state,
    balancerStates: balancers.states,
  };
}

/** Of a machine by its id. */
export function namespaceOf({ fabric }: DeploymentPlan, id: string): string {
  const node = fabric.nodes.find((one) => one.id === id);
  if (node === undefined) throw new TypeError(`the plan has no machine ${id}`);
  return node.namespace;
}
