/** All machines of one supervisor: bounded, named once each, and stopped together. */
import type { ChildProcess } from 'node:child_process';
import { DrydockError } from '../../errors.ts';
import type { SupervisorEvent } from '../protocol.ts';
import { type MachineContext, type MachineSpec, startMachine } from './machine.ts';
import { programProcess } from './program-process.ts';

export interface Machines {
  /** @returns the process id as the supervisor sees it. */
  start(spec: MachineSpec): number;
  signal(id: string, signal: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL to those that are still there after the grace time. Resolves when they have ended. */
  stop(ids: readonly string[]): Promise<void>;
  /** All in these namespaces. */
  stopIn(namespaces: readonly string[]): Promise<void>;
  stopAll(): Promise<void>;
}

const stopGraceMs = 3_000;

interface RunningMachine {
  readonly namespace: string;
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
}

export function openMachines(context: MachineContext, tell: (event: SupervisorEvent) => void): Machines {
  const running = new Map<string, RunningMachine>();
  return {
    start(spec) {
      if (running.has(spec.id)) throw new TypeError(`${spec.id} runs already`);
      const end = Promise.withResolvers<void>();
      const child = startMachine(spec, context, {
        onLogLine: (line) => tell({ kind: 'machine-log', id: spec.id, line }),
        onExit(code, signal) {
          running.delete(spec.id);
          tell({ kind: 'machine-exit', id: spec.id, code, signal });
          end.resolve();
        },
      });
      running.set(spec.id, { namespace: spec.namespace, child, ended: end.promise });
      if (child.pid === undefined) {
        throw new DrydockError(
          'SIM_NODE_FAILED',
          `could not start ${spec.id}: ${spec.command[0]} did not run; reinstall with npm ci`,
        );
      }
      return child.pid;
    },
    signal(id, signal) {
      const machine = running.get(id);
      if (machine === undefined) throw new TypeError(`${id} does not run`);
      signalProgram(machine.child, signal);
    },
    stop: (ids) => stop(ids.flatMap((id) => running.get(id) ?? [])),
    stopIn: (namespaces) =>
      stop([...running.values()].filter(({ namespace }) => namespaces.includes(namespace))),
    stopAll: () => stop([...running.values()]),
  };
}

async function stop(machines: readonly RunningMachine[]): Promise<void> {
  for (const { child } of machines) signalProgram(child, 'SIGTERM');
  const timer = setTimeout(() => {
    for (const { child } of machines) child.kill('SIGKILL');
  }, stopGraceMs);
  await Promise.all(machines.map(({ ended }) => ended));
  clearTimeout(timer);
}

/** A machine that has no program yet is ended as a whole; ending `unshare` ends whatever it waits for. */
function signalProgram(child: ChildProcess, signal: NodeJS.Signals): void {
  const pid = child.pid === undefined ? undefined : programProcess(child.pid);
  if (pid === undefined) child.kill('SIGKILL');
  else if (child.exitCode === null && child.signalCode === null) process.kill(pid, signal);
}
