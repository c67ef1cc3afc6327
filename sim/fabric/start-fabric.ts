/**
 * Brings a compiled fabric up inside namespaces of its own, as root or as an ordinary user alike. Disposing it, or the
 * death of this process, ends every process and namespace in it.
 */
import type { Socket } from 'node:net';
import type { CompiledFabric } from '../compile/index.ts';
import type { Fault } from '../faults/index.ts';
import { flowLogLines } from './flow-logs/flow-log-lines.ts';
import { openOrder } from './in-order.ts';
import { type InjectedFault, openInjectedFaults } from './injected-faults.ts';
import type { PacketProbe, PacketProbeOptions } from './packet-probe.ts';
import type { AppliedFabric, ReloadedNamespaces, SupervisorEvent } from './protocol.ts';
import type { Capabilities } from './runtime/capabilities.ts';
import { openFlowLogFiles } from './runtime/flow-log-files.ts';
import { hostProcesses } from './runtime/host-processes.ts';
import type { MachineSpec } from './runtime/machine.ts';
import type { ProbeOutcome, ProbeRequest } from './runtime/probe.ts';
import type { PacketObservation } from './runtime/probe-packets.ts';
import { openSupervisor } from './runtime/supervisor-client.ts';

export interface StartedFabric extends AsyncDisposable {
  /** In force: after a reload the new one. */
  readonly fabric: CompiledFabric;
  /**
   * Puts another fabric in the place of this one and touches only what differs. Established tracked connections live on, and so do
   * the machines whose interfaces stay; those of interfaces that go have ended when it resolves.
   * @throws DrydockError SIM_RELOAD_FAILED; the old network is in force then.
   */
  reload(fabric: CompiledFabric): Promise<ReloadedNamespaces>;
  /**
   * Breaks something until it is healed. Connections stall meanwhile and go on afterwards.
   * @throws DrydockError SIM_ENDPOINT_UNKNOWN, SIM_INPUT_INVALID, SIM_FABRIC_FAILED
   */
  fault(fault: Fault): Promise<InjectedFault>;
  readonly faults: readonly Fault[];
  healAll(): Promise<void>;
  startMachine(spec: MachineSpec): Promise<{ readonly pid: number }>;
  signalMachine(id: string, signal: NodeJS.Signals): Promise<void>;
  /**
   * SIGTERM, and SIGKILL after `graceMs` (default 3,000; 0 for SIGKILL at once). Resolves when they have ended, with those that were killed;
   * one that does not run has ended.
   */
  stopMachines(
    ids: readonly string[],
    options?: { readonly graceMs?: number },
  ): Promise<{ readonly killed: readonly string[] }>;
  /** Stops every process of the machines until they are thawed. */
  freezeMachines(ids: readonly string[]): Promise<void>;
  thawMachines(ids: readonly string[]): Promise<void>;
  /** Process ids of the programs that run, by machine, as this process counts them. */
  programProcesses(): Promise<ReadonlyMap<string, number>>;
  /** Ends the processes of a machine that have this line, `KEY=VALUE`, in their environment. */
  endMarked(id: string, line: string): Promise<void>;
  /** What this kernel and machine have. */
  readonly capabilities: Capabilities;
  probe(request: ProbeRequest): Promise<readonly ProbeOutcome[]>;
  /** One real packet each, and its answer; outcomes in the order of the probes. */
  probePackets(
    probes: readonly PacketProbe[],
    options: PacketProbeOptions,
  ): Promise<readonly PacketObservation[]>;
  /** Packets by counter id; the fabric's `counters` says what each stands for. */
  readCounters(): Promise<Readonly<Record<string, number>>>;
  /** Ends the aggregation interval of the flow logs now: what has passed is in their files when it resolves. */
  flushFlowLogs(): Promise<void>;
  /** Hands over a socket accepted outside: it continues as a connection from inside `namespace`. */
  relay(
    socket: Socket,
    target: { readonly namespace: string; readonly address: string; readonly port: number },
  ): void;
}

export interface StartFabricOptions {
  readonly onEvent: (event: SupervisorEvent) => void;
  /** Called once if all of it ends without having been disposed. */
  readonly onLost: (error: Error) => void;
  /** Absent: none are kept, and connections are not counted. */
  readonly flowLogs?: FlowLogOptions;
}

export interface FlowLogOptions {
  /** Is made; holds `flow-logs.log` as AWS writes it, and `flow-logs.jsonl`. */
  readonly folder: string;
  /** Of aggregation. Default 60; AWS's own default is 600. */
  readonly intervalSeconds?: number;
}

const intervalSecondsDefault = 60;

/**
 * @throws DrydockError SIM_TOOL_MISSING, SIM_NAMESPACES_REFUSED or SIM_FABRIC_FAILED; nothing is left behind then.
 */
export async function startFabric(
  fabric: CompiledFabric,
  options: StartFabricOptions,
): Promise<StartedFabric> {
  let current = fabric;
  await using stack = new AsyncDisposableStack();
  const { flowLogs, onEvent, onLost } = options;
  const files = flowLogs && stack.use(openFlowLogFiles(flowLogs.folder));
  const supervisor = stack.use(
    await openSupervisor({
      onLost,
      onEvent(event) {
        if (event.kind === 'flow-interval') files?.write(flowLogLines(event.interval, current.counters));
        else onEvent(event);
      },
    }),
  );
  const capabilities = await supervisor.call('apply', {
    fabric: appliedOf(fabric),
    ...(flowLogs && { flowLogs: { intervalSeconds: flowLogs.intervalSeconds ?? intervalSecondsDefault } }),
  });
  const inOrder = openOrder();
  const faults = openInjectedFaults((plan) => supervisor.call('setFaults', plan), {
    fabric: () => current,
    inOrder,
  });
  const owned = stack.move();
  return {
    get fabric() {
      return current;
    },
    capabilities,
    reload: (next) =>
      inOrder(async () => {
        const request = { fabric: appliedOf(next), faults: faults.planFor(next) };
        const namespaces = await supervisor.call('reload', request);
        current = next;
        return namespaces;
      }),
    fault: faults.inject,
    get faults() {
      return faults.inForce;
    },
    healAll: faults.healAll,
    startMachine: (spec) => supervisor.call('startMachine', spec),
    async signalMachine(id, signal) {
      await supervisor.call('signalMachine', { id, signal });
    },
    stopMachines: (ids, { graceMs } = {}) =>
      supervisor.call('stopMachines', { ids, ...(graceMs !== undefined && { graceMs }) }),
    async freezeMachines(ids) {
      await supervisor.call('freezeMachines', { ids });
    },
    async thawMachines(ids) {
      await supervisor.call('thawMachines', { ids });
    },
    async programProcesses() {
      const inside = await supervisor.call('programProcesses', null);
      const outside = hostProcesses(supervisor.unsharePid);
      return new Map(
        Object.entries(inside).flatMap(([id, pid]) => {
          const known = outside.get(pid);
          return known === undefined ? [] : [[id, known] as const];
        }),
      );
    },
    async endMarked(id, line) {
      await supervisor.call('endMarked', { id, line });
    },
    probe: (request) => supervisor.call('probe', request),
    probePackets: (probes, options) => supervisor.call('probePackets', { probes, options }),
    readCounters: () => supervisor.call('readCounters', null),
    relay: (socket, target) => supervisor.sendSocket({ kind: 'relay', ...target }, socket),
    async flushFlowLogs() {
      await supervisor.call('flushFlowLogs', null);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The supervisor needs no words for its counters. */
function appliedOf({ counters: _, ...applied }: CompiledFabric): AppliedFabric {
  return applied;
}
