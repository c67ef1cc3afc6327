/**
 * Brings a compiled fabric up inside namespaces of its own, as root or as an ordinary user alike. Disposing it, or the
 * death of this process, ends every process and namespace in it.
 */
import type { Socket } from 'node:net';
import type { CompiledFabric } from '../compile/index.ts';
import type { SupervisorEvent } from './protocol.ts';
import type { MachineSpec } from './runtime/machine.ts';
import type { ProbeOutcome, ProbeRequest } from './runtime/probe.ts';
import { openSupervisor } from './runtime/supervisor-client.ts';

export interface StartedFabric extends AsyncDisposable {
  readonly fabric: CompiledFabric;
  startMachine(spec: MachineSpec): Promise<{ readonly pid: number }>;
  signalMachine(id: string, signal: NodeJS.Signals): Promise<void>;
  probe(request: ProbeRequest): Promise<readonly ProbeOutcome[]>;
  /** Packets by counter id; the fabric's `counters` says what each stands for. */
  readCounters(): Promise<Readonly<Record<string, number>>>;
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
}

/**
 * @throws DrydockError SIM_TOOL_MISSING, SIM_NAMESPACES_REFUSED or SIM_FABRIC_FAILED; nothing is left behind then.
 */
export async function startFabric(
  fabric: CompiledFabric,
  options: StartFabricOptions,
): Promise<StartedFabric> {
  const supervisor = await openSupervisor(options);
  try {
    await supervisor.call('apply', { fabric });
  } catch (error) {
    await supervisor[Symbol.asyncDispose]();
    throw error;
  }
  return {
    fabric,
    startMachine: (spec) => supervisor.call('startMachine', spec),
    async signalMachine(id, signal) {
      await supervisor.call('signalMachine', { id, signal });
    },
    probe: (request) => supervisor.call('probe', request),
    readCounters: () => supervisor.call('readCounters', null),
    relay: (socket, target) => supervisor.sendSocket({ kind: 'relay', ...target }, socket),
    [Symbol.asyncDispose]: () => supervisor[Symbol.asyncDispose](),
  };
}
