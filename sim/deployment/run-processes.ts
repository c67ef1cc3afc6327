/** Everything that runs inside the fabric: local services, the programs, then the load balancers in front of them. */

import { type BalancerState, openBalancers } from '../balancers/index.ts';
import type { MachineSpec, ReloadedNamespaces, StartedFabric, SupervisorEvent } from '../fabric/index.ts';
import { localServicesMachine } from '../local-services/index.ts';
import { planMachine, type StandIns } from '../nodes/index.ts';
import { type NodeState, trackNodes } from './node-states.ts';
import type { DeploymentPlan } from './plan-deployment.ts';
import { type ProgramChanges, programChanges } from './reload-processes.ts';

export interface Processes {
  readonly onEvent: (event: SupervisorEvent) => void;
  /** Resolves when all serve; `onReady` learns how many programs do. */
  start(fabric: StartedFabric, onReady: (count: number) => void): Promise<void>;
  /** Runs `reloadFabric`, then stops, starts and restarts what the new plan asks for. Resolves when all serve. */
  reload(
    next: DeploymentPlan,
    fabric: StartedFabric,
    reloadFabric: () => Promise<ReloadedNamespaces>,
  ): Promise<ReloadedProcesses>;
  state(id: string): NodeState;
  balancerStates(): readonly BalancerState[];
}

export interface ReloadedProcesses extends ProgramChanges {
  readonly namespaces: ReloadedNamespaces;
}

const budgetMs = 60_000;

export function openProcesses(
  first: DeploymentPlan,
  options: StandIns & { readonly onEnded: (id: string, how: string) => void },
): Processes {
  let plan = first;
  let tellReady: (count: number) => void = () => undefined;
  /** While a reload runs: it may be what ended them. */
  let held: { readonly id: string; readonly how: string }[] | undefined;
  const onEnded = (id: string, how: string) => {
    if (held) held.push({ id, how });
    else options.onEnded(id, how);
  };
  const states = trackNodes({ ...options, onEnded, onReady: (count) => tellReady(count) });
  const localServices = trackNodes({ ...options, onEnded });
  const isLocalService = (id: string) => plan.localServices.some((process) => process.id === id);
  let balancers = openBalancers(plan.balancers, { ...options, onEnded });

  const startMachines = async (fabric: StartedFabric, machines: readonly MachineSpec[]) => {
    await Promise.all(machines.map((machine) => fabric.startMachine(machine)));
    const ids = machines.map(({ id }) => id);
    await Promise.all([
      localServices.allReady(ids.filter(isLocalService), budgetMs),
      states.allReady(
        ids.filter((id) => !isLocalService(id)),
        budgetMs,
      ),
    ]);
  };

  const changePrograms = async (
    next: DeploymentPlan,
    fabric: StartedFabric,
    namespaces: ReloadedNamespaces,
  ) => {
    const machines = machinesOf(next, options);
    const changes = programChanges(machinesOf(plan, options), machines, namespaces);
    const ending = [...changes.stopped, ...changes.restarted];
    await fabric.stopMachines(ending);
    states.forget(ending);
    localServices.forget(ending);
    const isBalancingAnew = JSON.stringify(plan.balancers) !== JSON.stringify(next.balancers);
    if (isBalancingAnew) {
      await fabric.stopMachines(plan.balancers.processes.map(({ id }) => id));
      balancers = openBalancers(next.balancers, { ...options, onEnded });
    }
    plan = next;
    const beginning = [...changes.started, ...changes.restarted];
    await startMachines(
      fabric,
      machines.filter(({ id }) => beginning.includes(id)),
    );
    if (isBalancingAnew) await balancers.start(fabric);
    return { namespaces, ...changes };
  };

  return {
    onEvent(event) {
      if (balancers.onEvent(event)) return;
      const isItsOwn = 'id' in event && isLocalService(event.id);
      (isItsOwn ? localServices : states).onEvent(event);
    },
    async start(fabric, onReady) {
      tellReady = onReady;
      await startMachines(fabric, machinesOf(plan, options));
      await balancers.start(fabric);
      tellReady = () => undefined;
    },
    async reload(next, fabric, reloadFabric) {
      const endings: { readonly id: string; readonly how: string }[] = [];
      held = endings;
      const expected = new Set<string>();
      try {
        const reloaded = await changePrograms(next, fabric, await reloadFabric());
        for (const id of [...reloaded.stopped, ...reloaded.restarted]) expected.add(id);
        return reloaded;
      } finally {
        held = undefined;
        for (const { id, how } of endings) if (!expected.has(id)) options.onEnded(id, how);
      }
    },
    state: states.state,
    balancerStates: () => balancers.states(),
  };
}

function machinesOf(plan: DeploymentPlan, options: StandIns): readonly MachineSpec[] {
  return [
    ...plan.localServices.map((process) => localServicesMachine(process, options)),
    ...plan.nodes.map((node) => planMachine(node, namespaceOf(plan, node.id), options)),
  ];
}

/** Of a machine by its id. */
export function namespaceOf({ fabric }: Pick<DeploymentPlan, 'fabric'>, id: string): string {
  const node = fabric.nodes.find((one) => one.id === id);
  if (node === undefined) throw new TypeError(`the plan has no machine ${id}`);
  return node.namespace;
}
