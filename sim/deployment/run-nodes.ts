/**
 * The programs of the launch contract as they run: started, kept running as their units do, stopped and started again on request. Changes of
 * which programs there are come through here one after the other.
 */
import { DrydockError } from '../errors.ts';
import type { InOrder, MachineSpec, StartedFabric, SupervisorEvent } from '../fabric/index.ts';
import { type NodeStates, type NodeStatesOptions, trackNodes } from './node-states.ts';
import type { DeploymentPlan } from './plan-deployment.ts';
import { howItEnded, type NodeRecord, superviseNodes } from './supervise-nodes.ts';

type MachineExit = Extract<SupervisorEvent, { kind: 'machine-exit' }>;

export interface RestartedNode {
  readonly node: string;
  /** From SIGTERM to its end. */
  readonly stopMs: number;
  /** It did not end within the grace time. */
  readonly wasKilled: boolean;
  /** Until it served again. */
  readonly tookMs: number;
}

export interface RunningNodes {
  onEvent(event: SupervisorEvent): void;
  record(id: string): NodeRecord;
  /** Does not wait until they serve. */
  start(machines: readonly MachineSpec[]): Promise<void>;
  /** @throws SIM_NODE_FAILED, SIM_NODE_NOT_READY */
  untilServing(ids: readonly string[], budgetMs: number): Promise<void>;
  /** They end on purpose from here on, however that comes about. */
  release(ids: readonly string[]): void;
  /** A reload took them away. */
  forget(ids: readonly string[]): void;
  /** What ends meanwhile may do so on purpose; that is decided when `action` has ended. */
  whileHeld<T>(action: () => Promise<T>): Promise<T>;
  restart(id: string, graceMs: number): Promise<RestartedNode>;
  /** SIGKILL. Resolves when they are dead; units start them again, unless it is for good. */
  kill(ids: readonly string[], isForGood: boolean): Promise<void>;
  /** Those that do not run. */
  startAgain(ids: readonly string[]): Promise<void>;
  setFrozen(ids: readonly string[], isFrozen: boolean): Promise<void>;
  close(): void;
}

export interface RunningNodesOptions extends NodeStatesOptions {
  readonly plan: () => DeploymentPlan;
  readonly fabric: () => StartedFabric;
  readonly machineOf: (id: string) => MachineSpec | undefined;
  /** What else runs on the machine of a program. */
  readonly alsoOn: (id: string) => readonly string[];
  /** With whatever else changes which programs there are. */
  readonly inOrder: InOrder;
  /** One that has served before ended by itself, and starts again after a time, or does not. */
  readonly onNodeEnded: (id: string, how: string) => void;
  /** Whatever ended it. */
  readonly onExit?: (id: string) => void;
  readonly onStarted?: (id: string) => void;
  /** One that was started again serves. */
  readonly onNodeServing?: (id: string) => void;
}

const restartBudgetMs = 60_000;

export function openNodes(options: RunningNodesOptions): RunningNodes {
  const { plan, fabric, machineOf, inOrder } = options;
  const states: NodeStates = trackNodes({
    ...options,
    onReady(count, id) {
      const isAgain = supervision.record(id).restarts > 0;
      supervision.ready(id);
      if (isAgain) options.onNodeServing?.(id);
      options.onReady?.(count, id);
    },
    onEnded: () => undefined,
  });
  const supervision = superviseNodes({
    policyOf: (id) => plan().nodes.find((node) => node.id === id)?.restart,
    restart: (id) => void startAgain([id]).catch(() => undefined),
    now: Date.now,
  });
  let held: MachineExit[] | undefined;

  const settle = (event: MachineExit) => {
    const { isByItself, restartsInMs } = supervision.ended(event.id, event);
    if (!isByItself) return;
    const then = restartsInMs === undefined ? '' : `; it starts again in ${restartsInMs / 1_000} s`;
    options.onNodeEnded(event.id, `${howItEnded(event)}${then}`);
  };
  const start = async (machines: readonly MachineSpec[]) => {
    const ids = machines.map(({ id }) => id);
    states.forget(ids);
    for (const id of ids) {
      supervision.started(id);
      options.onStarted?.(id);
    }
    await Promise.all(machines.map((machine) => fabric().startMachine(machine)));
  };
  const isRunning = (id: string) => !['dead', 'restarting'].includes(supervision.record(id).state);
  const startAgain = (ids: readonly string[]) =>
    inOrder(() =>
      // A reload may have taken it away meanwhile, or started it.
      start(ids.filter((id) => !isRunning(id)).flatMap((id) => machineOf(id) ?? [])),
    );

  return {
    record: supervision.record,
    start,
    startAgain,
    untilServing: states.allReady,
    release: supervision.release,
    forget: supervision.forget,
    close: supervision.close,
    onEvent(event) {
      states.onEvent(event);
      if (event.kind !== 'machine-exit') return;
      options.onExit?.(event.id);
      if (held) held.push(event);
      else settle(event);
    },
    async whileHeld(action) {
      const endings: MachineExit[] = [];
      held = endings;
      try {
        return await action();
      } finally {
        held = undefined;
        endings.forEach(settle);
      }
    },
    async restart(id, graceMs) {
      const began = performance.now();
      supervision.release([id]);
      const { killed } = await fabric().stopMachines([id], { graceMs });
      const stopMs = performance.now() - began;
      await startAgain([id]);
      await states.allReady([id], restartBudgetMs);
      return { node: id, stopMs, wasKilled: killed.includes(id), tookMs: performance.now() - began };
    },
    async kill(ids, isForGood) {
      if (isForGood) supervision.release(ids);
      await fabric().stopMachines(ids, { graceMs: 0 });
    },
    async setFrozen(ids, isFrozen) {
      const running = ids.filter(isRunning);
      const all = running.flatMap((id) => [id, ...options.alsoOn(id)]);
      if (isFrozen) await fabric().freezeMachines(all);
      else await fabric().thawMachines(all);
      supervision.frozen(running, isFrozen);
    },
  };
}

/** @throws DrydockError SIM_ENDPOINT_UNKNOWN */
export function requireNode({ nodes }: DeploymentPlan, id: string): void {
  if (nodes.some((node) => node.id === id)) return;
  throw new DrydockError(
    'SIM_ENDPOINT_UNKNOWN',
    `could not find the program ${id}: there is none of that name; there are ${nodes.map((node) => node.id).join(', ')}`,
  );
}
