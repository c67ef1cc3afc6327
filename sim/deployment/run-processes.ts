/** Everything that runs inside the fabric: local services, the programs, then the load balancers in front of them. */

import { type BalancerState, openBalancers } from '../balancers/index.ts';
import {
  type MachineSpec,
  openOrder,
  type ReloadedNamespaces,
  type StartedFabric,
  type SupervisorEvent,
} from '../fabric/index.ts';
import { localServicesMachine } from '../local-services/index.ts';
import { planMachine, type StandIns } from '../nodes/index.ts';
import { proxiedNodes, proxyMachines } from './engine-proxies.ts';
import { trackNodes } from './node-states.ts';
import type { DeploymentPlan } from './plan-deployment.ts';
import { type ProgramChanges, programChanges } from './reload-processes.ts';
import { openNodes, type RunningNodes, type RunningNodesOptions } from './run-nodes.ts';
import type { IssuedCertificates } from './runtime/engine-certificates.ts';
import type { NodeCredentials } from './runtime/node-credentials.ts';

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
  readonly nodes: RunningNodes;
  balancerStates(): readonly BalancerState[];
}

export interface ReloadedProcesses extends ProgramChanges {
  readonly namespaces: ReloadedNamespaces;
}

export interface ProcessesOptions
  extends StandIns,
    Pick<RunningNodesOptions, 'onNodeServing' | 'onExit' | 'onStarted'> {
  readonly credentials: NodeCredentials;
  readonly certificates: IssuedCertificates;
  /** Of what has served before. Programs of machines start again by their units. */
  readonly onEnded: (id: string, how: string) => void;
}

const budgetMs = 60_000;

export function openProcesses(first: DeploymentPlan, options: ProcessesOptions): Processes {
  let plan = first;
  let started: StartedFabric | undefined;
  const inOrder = openOrder();
  let tellReady: (count: number) => void = () => undefined;
  /** While a reload runs: it may be what ended them. */
  let held: { readonly id: string; readonly how: string }[] | undefined;
  const onEnded = (id: string, how: string) => {
    if (held) held.push({ id, how });
    else options.onEnded(id, how);
  };
  const nodes = openNodes({
    ...options,
    plan: () => plan,
    fabric: () => {
      if (started === undefined) throw new TypeError('the programs are not started yet');
      return started;
    },
    machineOf: (id) => machinesOf(plan, options).find((machine) => machine.id === id),
    // A machine that is frozen is frozen as a whole.
    alsoOn: (id) => proxiedNodes(plan).flatMap((one) => (one.id === id ? [one.proxyId] : [])),
    inOrder,
    onEnded: () => undefined,
    onReady: (count) => tellReady(count),
    onNodeEnded: options.onEnded,
  });
  const localServices = trackNodes({ ...options, onEnded });
  const isLocalService = (id: string) =>
    plan.localServices.some((process) => process.id === id) ||
    proxiedNodes(plan).some(({ proxyId }) => proxyId === id);
  let balancers = openBalancers(plan.balancers, { ...options, onEnded });

  const startMachines = async (fabric: StartedFabric, machines: readonly MachineSpec[]) => {
    const { services = [], programs = [] } = Object.groupBy(machines, ({ id }) =>
      isLocalService(id) ? 'services' : 'programs',
    );
    localServices.forget(services.map(({ id }) => id));
    await Promise.all([nodes.start(programs), ...services.map((machine) => fabric.startMachine(machine))]);
    await Promise.all([
      localServices.allReady(
        services.map(({ id }) => id),
        budgetMs,
      ),
      nodes.untilServing(
        programs.map(({ id }) => id),
        budgetMs,
      ),
    ]);
  };

  const endPrograms = async (
    { before, next }: { readonly before: readonly MachineSpec[]; readonly next: DeploymentPlan },
    fabric: StartedFabric,
    reloadFabric: () => Promise<ReloadedNamespaces>,
  ) => {
    const namespaces = await reloadFabric();
    const changes = programChanges(before, machinesOf(next, options), namespaces);
    const ending = [...changes.stopped, ...changes.restarted];
    nodes.release(ending);
    await fabric.stopMachines(ending);
    return { namespaces, ...changes };
  };

  return {
    nodes,
    onEvent(event) {
      if (balancers.onEvent(event)) return;
      const isItsOwn = 'id' in event && isLocalService(event.id);
      (isItsOwn ? localServices : nodes).onEvent(event);
    },
    start: (fabric, onReady) =>
      inOrder(async () => {
        started = fabric;
        tellReady = onReady;
        await options.credentials.issueFor(plan.nodes);
        await options.certificates.issueFor(proxiedNodes(plan));
        await startMachines(fabric, machinesOf(plan, options));
        await balancers.start(fabric);
        tellReady = () => undefined;
      }),
    reload: (next, fabric, reloadFabric) =>
      inOrder(async () => {
        const endings: { readonly id: string; readonly how: string }[] = [];
        const before = machinesOf(plan, options);
        await options.certificates.issueFor(proxiedNodes(next));
        held = endings;
        const expected = new Set<string>();
        try {
          const changes = await nodes.whileHeld(() => endPrograms({ before, next }, fabric, reloadFabric));
          for (const id of [...changes.stopped, ...changes.restarted]) expected.add(id);
          const isBalancingAnew = JSON.stringify(plan.balancers) !== JSON.stringify(next.balancers);
          if (isBalancingAnew) {
            const old = plan.balancers.processes.map(({ id }) => id);
            for (const id of old) expected.add(id);
            await fabric.stopMachines(old);
            balancers = openBalancers(next.balancers, { ...options, onEnded });
          }
          nodes.forget(changes.stopped);
          plan = next;
          await options.credentials.issueFor(plan.nodes);
          const beginning = [...changes.started, ...changes.restarted];
          await startMachines(
            fabric,
            machinesOf(next, options).filter(({ id }) => beginning.includes(id)),
          );
          if (isBalancingAnew) await balancers.start(fabric);
          return changes;
        } finally {
          held = undefined;
          for (const { id, how } of endings) if (!expected.has(id)) options.onEnded(id, how);
        }
      }),
    balancerStates: () => balancers.states(),
  };
}

function machinesOf(plan: DeploymentPlan, options: StandIns): readonly MachineSpec[] {
  return [
    ...plan.localServices.map((process) => localServicesMachine(process, options)),
    ...proxyMachines(plan, options),
    ...plan.nodes.map((node) => planMachine(node, namespaceOf(plan, node.id), options)),
  ];
}

/** Of a machine by its id. */
export function namespaceOf({ fabric }: Pick<DeploymentPlan, 'fabric'>, id: string): string {
  const node = fabric.nodes.find((one) => one.id === id);
  if (node === undefined) throw new TypeError(`the plan has no machine ${id}`);
  return node.namespace;
}
