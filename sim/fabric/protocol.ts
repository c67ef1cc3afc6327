/** What passes between the process outside and the supervisor inside the namespaces, over Node's IPC channel. */
import type { CompiledFabric } from '../compile/index.ts';
import type { MachineSpec } from './runtime/machine.ts';
import type { ProbeOutcome, ProbeRequest } from './runtime/probe.ts';

export interface Methods {
  apply: { readonly request: { readonly fabric: CompiledFabric }; readonly response: null };
  startMachine: { readonly request: MachineSpec; readonly response: { readonly pid: number } };
  signalMachine: {
    readonly request: { readonly id: string; readonly signal: NodeJS.Signals };
    readonly response: null;
  };
  probe: { readonly request: ProbeRequest; readonly response: readonly ProbeOutcome[] };
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
  | { readonly kind: 'machine-log'; readonly id: string; readonly line: string }
  | {
      readonly kind: 'machine-exit';
      readonly id: string;
      readonly code: number | null;
      readonly signal: NodeJS.Signals | null;
    };

export type FromSupervisor = Reply | SupervisorEvent;
