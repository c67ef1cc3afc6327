/** What passes between the process outside and the supervisor inside the namespaces, over Node's IPC channel. */
import type { CompiledFabric } from '../compile/index.ts';
import type { FaultPlan } from '../faults/index.ts';
import type { FlowInterval } from './flow-logs/flow.ts';
import type { PacketProbe, PacketProbeOptions } from './packet-probe.ts';
import type { Capabilities } from './runtime/capabilities.ts';
import type { MachineSpec } from './runtime/machine.ts';
import type { ProbeOutcome, ProbeRequest } from './runtime/probe.ts';
import type { PacketObservation } from './runtime/probe-packets.ts';

/** The supervisor needs no words for its counters. */
export type AppliedFabric = Omit<CompiledFabric, 'counters'>;

/** Namespaces by what a reload did to them. */
export interface ReloadedNamespaces {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Gone and made again under their names; what ran in them has ended. */
  readonly remade: readonly string[];
  readonly touched: readonly string[];
  readonly unchanged: readonly string[];
}

export interface StopMachines {
  readonly ids: readonly string[];
  /** Between SIGTERM and SIGKILL; 0 for SIGKILL at once. Default 3,000. */
  readonly graceMs?: number;
}

export interface Methods {
  apply: {
    readonly request: {
      readonly fabric: AppliedFabric;
      readonly flowLogs?: { readonly intervalSeconds: number };
    };
    readonly response: Capabilities;
  };
  /** Ends the aggregation interval of the flow logs, if any are kept; it is told before the reply. */
  flushFlowLogs: { readonly request: null; readonly response: null };
  reload: {
    readonly request: { readonly fabric: AppliedFabric; readonly faults: FaultPlan };
    readonly response: ReloadedNamespaces;
  };
  /** All that are to be in force. */
  setFaults: { readonly request: FaultPlan; readonly response: { readonly tookMs: number } };
  startMachine: { readonly request: MachineSpec; readonly response: { readonly pid: number } };
  signalMachine: {
    readonly request: { readonly id: string; readonly signal: NodeJS.Signals };
    readonly response: null;
  };
  /** Resolves when they have ended. */
  stopMachines: {
    readonly request: StopMachines;
    /** Those that did not end within the grace time. */
    readonly response: { readonly killed: readonly string[] };
  };
  /** All processes of each, until they are thawed. */
  freezeMachines: { readonly request: { readonly ids: readonly string[] }; readonly response: null };
  thawMachines: { readonly request: { readonly ids: readonly string[] }; readonly response: null };
  /** Programs that run, by machine. */
  programProcesses: { readonly request: null; readonly response: Readonly<Record<string, number>> };
  /** Ends the processes of a machine whose environment holds the line. */
  endMarked: {
    readonly request: { readonly id: string; readonly line: string };
    readonly response: null;
  };
  probe: { readonly request: ProbeRequest; readonly response: readonly ProbeOutcome[] };
  probePackets: {
    readonly request: { readonly probes: readonly PacketProbe[]; readonly options: PacketProbeOptions };
    readonly response: readonly PacketObservation[];
  };
  readCounters: { readonly request: null; readonly response: Readonly<Record<string, number>> };
  stop: { readonly request: null; readonly response: null };
}

export type Method = keyof Methods;

export type Request = {
  [M in Method]: {
    readonly kind: 'request';
    readonly id: number;
    readonly method: M;
    readonly params: Methods[M]['request'];
  };
}[Method];

/** Accompanied by a socket that was accepted outside; the supervisor joins it to a new connection from `namespace`. */
export interface RelayMessage {
  readonly kind: 'relay';
  readonly namespace: string;
  readonly address: string;
  readonly port: number;
}

export type ToSupervisor = Request | RelayMessage;

export type Reply =
  | { readonly kind: 'reply'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly code: string; readonly message: string };

export type SupervisorEvent =
  | { readonly kind: 'supervising' }
  | { readonly kind: 'cannot-start'; readonly code: string; readonly message: string }
  | { readonly kind: 'flow-interval'; readonly interval: FlowInterval }
  | { readonly kind: 'machine-log'; readonly id: string; readonly line: string }
  | {
      readonly kind: 'machine-exit';
      readonly id: string;
      readonly code: number | null;
      readonly signal: NodeJS.Signals | null;
    };

export type FromSupervisor = Reply | SupervisorEvent;
