/**
 * The simulated deployment: the fabric with every program of the plan inside, and the loopback relay. Disposing it
 * stops the programs in order and leaves nothing behind.
 */

import type { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import type { BalancerState } from '../balancers/index.ts';
import { DrydockError } from '../errors.ts';
import { type MovedCounter, movedCounters } from '../explain/index.ts';
import type { FlowLogOptions, ProbeOutcome, StartedFabric, SupervisorEvent } from '../fabric/index.ts';
import { startFabric } from '../fabric/index.ts';
import { type DeploymentFaults, type FaultInForce, openDeploymentFaults } from './deployment-faults.ts';
import { findOpenssl } from './engine-proxies.ts';
import { type Entrance, publicGateway } from './entrance.ts';
import { type NodeStatus, nodeStatuses } from './node-status.ts';
import type { DeploymentPlan } from './plan-deployment.ts';
import { openBeside, type ProgramBeside } from './run-beside.ts';
import { type RestartedNode, requireNode } from './run-nodes.ts';
import { namespaceOf, openProcesses, type ReloadedProcesses } from './run-processes.ts';
import { openEngineCertificates } from './runtime/engine-certificates.ts';
import { openNodeCredentials } from './runtime/node-credentials.ts';
import { openRelayListener, type RelayListener } from './runtime/relay-listener.ts';
import { waitUntilServing } from './runtime/serving.ts';

export interface DeploymentOptions {
  readonly modelDirectory: string;
  readonly cacheDirectory: string;
  readonly apiKeysJson: string;
  readonly logDirectory: string;
  readonly stateDirectory: string;
  /** Exactly this port of 127.0.0.1; absent: 8443, else the next free one. */
  readonly port?: number;
  /** A program that served has ended by itself. */
  readonly onNodeEnded: (id: string, how: string) => void;
  /** A program that was started again serves. */
  readonly onNodeServing?: (id: string) => void;
  /** A fault has healed by itself. */
  readonly onHealed?: (fault: FaultInForce) => void;
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
  /** Another listener on this machine's loopback, whose connections enter by `entrance`. */
  openEntrance(entrance: Entrance): Promise<RelayListener>;
  /** Starts local services, every program and the load balancers; resolves when all serve. */
  startPrograms(onReady?: (count: number) => void): Promise<void>;
  /** Another program in the network of a machine, beside its own. Resolves when it serves. @throws SIM_ENDPOINT_UNKNOWN, SIM_NODE_FAILED, SIM_NODE_NOT_READY */
  startBeside(node: string, program: ProgramBeside): Promise<void>;
  /** Programs in the order of the plan, and what is known of them now. */
  nodes(): readonly NodeStatus[];
  /** Process ids of the programs that run, as this process counts them. */
  programProcesses(): Promise<ReadonlyMap<string, number>>;
  /** Resolves when they serve; all without `nodes`. @throws SIM_NODE_FAILED, SIM_NODE_NOT_READY */
  untilServing(options: { readonly nodes?: readonly string[]; readonly budgetMs: number }): Promise<void>;
  /**
   * SIGTERM, then SIGKILL after `graceMs` (default 30,000, at most 100,000), and a start at once. Resolves when it serves.
   * @throws SIM_ENDPOINT_UNKNOWN, SIM_INPUT_INVALID, SIM_NODE_FAILED, SIM_NODE_NOT_READY
   */
  restart(node: string, options?: { readonly graceMs?: number }): Promise<RestartedNode>;
  readonly faults: DeploymentFaults;
  /** Ends the processes of a machine that have this line, `KEY=VALUE`, in their environment. */
  endMarked(node: string, line: string): Promise<void>;
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
/** As the machines' units have it. */
const graceMsDefault = 30_000;
/** Less than what the supervisor is waited for. */
const graceMsMax = 100_000;

export async function startDeployment(
  first: DeploymentPlan,
  options: DeploymentOptions,
): Promise<StartedDeployment> {
  let plan = first;
  let isStopping = false;
  await using stack = new AsyncDisposableStack();
  // Beside the logs, in the folder of the run.
  const credentialsDirectory = join(dirname(options.logDirectory), 'credentials');
  const credentials = stack.use(await openNodeCredentials(credentialsDirectory));
  const certificates = openEngineCertificates(join(credentialsDirectory, 'engines'), findOpenssl);
  const processes = openProcesses(plan, {
    ...options,
    credentialsDirectory,
    credentials,
    certificates,
    onEnded(id, how) {
      if (!isStopping) options.onNodeEnded(id, how);
    },
    onExit: (id) => faults.programEnded(id),
    onStarted: (id) => faults.programStarted(id),
  });
  const { nodes } = processes;
  const beside = openBeside({
    ...options,
    onEnded(id, how) {
      if (!isStopping) options.onNodeEnded(id, how);
    },
  });
  const faults = openDeploymentFaults({
    ...options,
    ...nodes,
    fabric: () => plan.fabric,
    programs: () => plan.nodes.map(({ id }) => id),
    inject: (fault) => fabric.fault(fault),
    now: Date.now,
  });
  const onEvent = (event: SupervisorEvent) => {
    if (!beside.onEvent(event)) processes.onEvent(event);
  };
  const { onLost, flowLogs } = options;
  const fabric = stack.use(
    await startFabric(plan.fabric, { onEvent, onLost, ...(flowLogs && { flowLogs }) }),
  );
  let entrance = publicGateway(plan);
  const enter = (socket: Socket, { address, port }: Entrance) =>
    fabric.relay(socket, { namespace: plan.fabric.internet.namespace, address, port });
  const listener = stack.use(
    await openRelayListener(
      (socket) => enter(socket, entrance),
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
    openEntrance: (one) => openRelayListener((socket) => enter(socket, one), { port: 0 }),
    async startPrograms(onReady = () => undefined) {
      await processes.start(fabric, onReady);
      await waitUntilServing(url);
    },
    async startBeside(node, program) {
      requireNode(plan, node);
      await beside.start(program, { node, namespace: namespaceOf(plan, node), fabric });
    },
    nodes: () => nodeStatuses(plan, nodes.record),
    programProcesses: fabric.programProcesses,
    untilServing: ({ nodes: ids = plan.nodes.map(({ id }) => id), budgetMs }) =>
      nodes.untilServing(ids, budgetMs),
    async restart(node, { graceMs = graceMsDefault } = {}) {
      requireNode(plan, node);
      if (!(graceMs >= 0 && graceMs <= graceMsMax)) throw graceRefused(node, graceMs);
      return nodes.restart(node, graceMs);
    },
    faults,
    endMarked: fabric.endMarked,
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
      nodes.close();
      faults.close();
      await owned.disposeAsync();
    },
  };
}

function graceRefused(node: string, graceMs: number): DrydockError {
  return new DrydockError(
    'SIM_INPUT_INVALID',
    `could not restart ${node}: ${graceMs / 1_000} s is no grace time; give 0 to ${graceMsMax / 1_000} seconds`,
  );
}

async function watchRules<T>(fabric: StartedFabric, action: () => Promise<T>) {
  const before = await fabric.readCounters();
  const result = await action();
  const after = await fabric.readCounters();
  return { result, moved: movedCounters(fabric.fabric.counters, { before, after }) };
}
