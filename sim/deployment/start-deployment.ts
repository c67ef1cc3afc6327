/**
 * The simulated deployment: the fabric with every program of the plan inside, and the loopback relay. Disposing it
 * stops the programs in order and leaves nothing behind.
 */

import type { BalancerState } from '../balancers/index.ts';
import { type MovedCounter, movedCounters } from '../explain/index.ts';
import type { FlowLogOptions, ProbeOutcome, StartedFabric } from '../fabric/index.ts';
import { startFabric } from '../fabric/index.ts';
import { publicGateway } from './entrance.ts';
import type { NodeState } from './node-states.ts';
import type { DeploymentPlan } from './plan-deployment.ts';
import { namespaceOf, openProcesses, type ReloadedProcesses } from './run-processes.ts';
import { openRelayListener } from './runtime/relay-listener.ts';
import { waitUntilServing } from './runtime/serving.ts';

export interface DeploymentOptions {
  readonly modelDirectory: string;
  readonly cacheDirectory: string;
  readonly apiKeysJson: string;
  readonly logDirectory: string;
  readonly stateDirectory: string;
  /** Exactly this port of 127.0.0.1; absent: 8443, else the next free one. */
  readonly port?: number;
  readonly onNodeEnded: (id: string, how: string) => void;
  readonly onLost: (error: Error) => void;
  /** Absent: none are kept. */
  readonly flowLogs?: FlowLogOptions;
}

/** A machine by its id, or the simulated internet. */
export type Source = 'internet' | (string & {});

export interface StartedDeployment extends AsyncDisposable {
  /** In force: after a reload the new one. */
  readonly plan: DeploymentPlan;
  /**
   * Puts another plan in force and touches only what differs.
   * @throws DrydockError SIM_LAUNCH_CONTRACT_BROKEN, SIM_RELOAD_FAILED: the old one is in force then. SIM_NODE_…: the network is new, and a
   * program did not start.
   */
  reload(next: DeploymentPlan): Promise<ReloadedProcesses>;
  /** Where the gateway is reached from this machine, through the simulated internet. */
  readonly url: string;
  /** Starts local services, every program and the load balancers; resolves when all serve. */
  startPrograms(onReady?: (count: number) => void): Promise<void>;
  nodeState(id: string): NodeState;
  /** What the load balancers know of their targets, by interface. */
  balancerStates(): readonly BalancerState[];
  signal(id: string, signal: NodeJS.Signals): Promise<void>;
  /** Real SYNs; outcomes in the order of the ports. */
  probe(from: Source, to: ProbeTarget): Promise<readonly ProbeOutcome[]>;
  /** Runs `action` and says which rules saw packets meanwhile. */
  watchRules<T>(
    action: () => Promise<T>,
  ): Promise<{ readonly result: T; readonly moved: readonly MovedCounter[] }>;
}

export interface ProbeTarget {
  readonly address: string;
  readonly ports: readonly number[];
  /** Default 400: one SYN and its answer. */
  readonly timeoutMs?: number;
  readonly sourcePort?: number;
  /** Sockets open at once, default 2,048. */
  readonly atOnceMax?: number;
}

const probeTimeoutMs = 400;

export async function startDeployment(
  first: DeploymentPlan,
  options: DeploymentOptions,
): Promise<StartedDeployment> {
  let plan = first;
  let isStopping = false;
  const processes = openProcesses(plan, {
    ...options,
    onEnded(id, how) {
      if (!isStopping) options.onNodeEnded(id, how);
    },
  });
  const { onEvent } = processes;
  await using stack = new AsyncDisposableStack();
  const { onLost, flowLogs } = options;
  const fabric = stack.use(
    await startFabric(plan.fabric, { onEvent, onLost, ...(flowLogs && { flowLogs }) }),
  );
  let entrance = publicGateway(plan);
  const listener = stack.use(
    await openRelayListener(
      (socket) =>
        fabric.relay(socket, {
          namespace: plan.fabric.internet.namespace,
          address: entrance.address,
          port: entrance.port,
        }),
      options.port === undefined ? {} : { port: options.port },
    ),
  );
  const url = `http://127.0.0.1:${listener.port}`;
  const owned = stack.move();
  return {
    get plan() {
      return plan;
    },
    async reload(next) {
      const nextEntrance = publicGateway(next);
      return processes.reload(next, fabric, async () => {
        const namespaces = await fabric.reload(next.fabric);
        [plan, entrance] = [next, nextEntrance];
        return namespaces;
      });
    },
    url,
    async startPrograms(onReady = () => undefined) {
      await processes.start(fabric, onReady);
      await waitUntilServing(url);
    },
    nodeState: processes.state,
    balancerStates: processes.balancerStates,
    signal: (id, signal) => fabric.signalMachine(id, signal),
    probe: (from, { timeoutMs = probeTimeoutMs, ...target }) =>
      fabric.probe({
        namespace: from === 'internet' ? plan.fabric.internet.namespace : namespaceOf(plan, from),
        timeoutMs,
        ...target,
      }),
    watchRules: (action) => watchRules(fabric, action),
    async [Symbol.asyncDispose]() {
      isStopping = true;
      await owned.disposeAsync();
    },
  };
}

async function watchRules<T>(fabric: StartedFabric, action: () => Promise<T>) {
  const before = await fabric.readCounters();
  const result = await action();
  const after = await fabric.readCounters();
  return { result, moved: movedCounters(fabric.fabric.counters, { before, after }) };
}
