/** All machines of one supervisor: bounded, named once each, and stopped together. */
import type { ChildProcess } from 'node:child_process';
import { DrydockError } from '../../errors.ts';
import type { SupervisorEvent } from '../protocol.ts';
import { type MachineContext, type MachineSpec, startMachine } from './machine.ts';
import { freezeProcesses, killMarked, thawProcesses } from './machine-processes.ts';
import { programProcess } from './program-process.ts';

export interface Machines {
  /** @returns the process id as the supervisor sees it. */
  start(spec: MachineSpec): number;
  signal(id: string, signal: NodeJS.Signals): void;
  /**
   * SIGTERM, and SIGKILL to those that are still there after the grace time; 0 is SIGKILL at once. What is frozen is thawed, so that it
   * may end in order. Resolves when they have ended, with those that were killed.
   */
  stop(ids: readonly string[], graceMs?: number): Promise<readonly string[]>;
  /** Every process of each. Those that do not run stay as they are. */
  freeze(ids: readonly string[]): void;
  thaw(ids: readonly string[]): void;
  /** Process ids of the programs that run, by machine. */
  programs(): Readonly<Record<string, number>>;
  endMarked(id: string, line: string): void;
  /** All in these namespaces. */
  stopIn(namespaces: readonly string[]): Promise<void>;
  stopAll(): Promise<void>;
}

const stopGraceMs = 3_000;

interface RunningMachine {
  readonly id: string;
  readonly namespace: string;
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
}

export function openMachines(context: MachineContext, tell: (event: SupervisorEvent) => void): Machines {
  const running = new Map<string, RunningMachine>();
  const named = (ids: readonly string[]) => ids.flatMap((id) => running.get(id) ?? []);
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
      running.set(spec.id, { id: spec.id, namespace: spec.namespace, child, ended: end.promise });
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
    stop: (ids, graceMs) => stop(named(ids), graceMs),
    freeze(ids) {
      for (const pid of named(ids).flatMap(programsOf)) freezeProcesses(pid);
    },
    thaw(ids) {
      for (const pid of named(ids).flatMap(programsOf)) thawProcesses(pid);
    },
    programs: () =>
      Object.fromEntries([...running.values()].flatMap((one) => programsOf(one).map((pid) => [one.id, pid]))),
    endMarked(id, line) {
      for (const pid of named([id]).flatMap(programsOf)) killMarked(pid, line);
    },
    async stopIn(namespaces) {
      await stop([...running.values()].filter(({ namespace }) => namespaces.includes(namespace)));
    },
    async stopAll() {
      await stop([...running.values()]);
    },
  };
}

async function stop(machines: readonly RunningMachine[], graceMs = stopGraceMs): Promise<readonly string[]> {
  const left = new Map(machines.map((machine) => [machine.id, machine]));
  let killed: readonly string[] = [];
  const kill = () => {
    killed = [...left.keys()];
    for (const { child } of left.values()) child.kill('SIGKILL');
  };
  const over = Promise.all(
    machines.map(async ({ id, ended }) => {
      await ended;
      left.delete(id);
    }),
  );
  if (graceMs > 0) for (const machine of machines) askToEnd(machine);
  else kill();
  const timer = graceMs > 0 ? setTimeout(kill, graceMs) : undefined;
  await over;
  clearTimeout(timer);
  return killed;
}

/** A signal waits where the process is stopped. */
function askToEnd(machine: RunningMachine): void {
  signalProgram(machine.child, 'SIGTERM');
  for (const pid of programsOf(machine)) thawProcesses(pid);
}

/** None, where it has no program yet or no more. */
function programsOf({ child }: RunningMachine): readonly number[] {
  const pid = child.pid === undefined ? undefined : programProcess(child.pid);
  return pid === undefined ? [] : [pid];
}

/** A machine that has no program yet is ended as a whole; ending `unshare` ends whatever it waits for. */
function signalProgram(child: ChildProcess, signal: NodeJS.Signals): void {
  const pid = child.pid === undefined ? undefined : programProcess(child.pid);
  if (pid === undefined) child.kill('SIGKILL');
  else if (child.exitCode === null && child.signalCode === null) process.kill(pid, signal);
}
