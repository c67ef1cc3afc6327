/**
 * Runs a plan's load balancers inside a started fabric, each in its own interface's namespace and without any privilege, and
 * waits until all listen and have tried every target once.
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DrydockError } from '../errors.ts';
import { environmentPath, type StartedFabric, type SupervisorEvent } from '../fabric/index.ts';
import type { BalancedTarget } from './balanced-groups.ts';
import { certificateFile } from './haproxy-configuration.ts';
import type { BalancerPlan, BalancerProcess } from './plan-balancers.ts';
import { findProgram } from './runtime/find-programs.ts';
import { makeCertificate } from './runtime/make-certificate.ts';
import { parseHealth, type TargetHealth } from './target-health.ts';

export interface BalancerOptions {
  readonly logDirectory: string;
  /** Hidden from the balancers. */
  readonly stateDirectory: string;
}

export interface BalancerState {
  readonly process: BalancerProcess;
  readonly targets: readonly (BalancedTarget & {
    /** Absent: not tried yet. */
    readonly health?: TargetHealth;
  })[];
}

export interface Balancers {
  readonly plan: BalancerPlan;
  /** What the fabric says of its machines; true where it was about a balancer. */
  onEvent(event: SupervisorEvent): boolean;
  start(fabric: StartedFabric): Promise<void>;
  states(): readonly BalancerState[];
}

/** HAProxy leaves SIGTERM to its default, which the kernel withholds from the first process of a machine: so it is the second. */
const runHaproxy = 'trap "kill $!; exit 0" TERM; "$1" -db -f /run/drydock/haproxy.cfg & wait $!';

const listenBudgetMs = 5_000;
/** A check that nobody answers takes a second, and the first one may begin a second late. */
const checkBudgetMs = 5_000;
const pauseMs = 20;

export function openBalancers(
  plan: BalancerPlan,
  { onEnded, ...options }: BalancerOptions & { readonly onEnded: (id: string, how: string) => void },
): Balancers {
  const ids = new Set(plan.processes.map(({ id }) => id));
  const known = new Map<string, TargetHealth>();
  const ended = new Map<string, string>();
  const lastLine = new Map<string, string>();
  const started = new Set<string>();
  const healthOf = (process: BalancerProcess, { key }: BalancedTarget) => known.get(`${process.id} ${key}`);
  return {
    plan,
    states: () =>
      plan.processes.map((process) => ({
        process,
        targets: process.targets.map((target) => {
          const health = healthOf(process, target);
          return { ...target, ...(health && { health }) };
        }),
      })),
    onEvent(event) {
      if (!('id' in event) || !ids.has(event.id)) return false;
      if (event.kind === 'machine-log') {
        lastLine.set(event.id, event.line);
        const report = parseHealth(event.line);
        if (report) known.set(`${event.id} ${report.key}`, report.health);
      } else {
        const how = event.signal ? `was ended by ${event.signal}` : `ended with exit code ${event.code}`;
        ended.set(event.id, lastLine.get(event.id) ?? how);
        if (started.has(event.id)) onEnded(event.id, how);
      }
      return true;
    },
    async start(fabric) {
      await startAll(plan.processes, fabric, options);
      await Promise.all(
        plan.processes.map(async (process) => {
          await untilListening(process, fabric, ended);
          started.add(process.id);
          await untilChecked(() =>
            process.targets.every((target) => healthOf(process, target) !== undefined),
          );
        }),
      );
    },
  };
}

async function startAll(
  processes: readonly BalancerProcess[],
  fabric: StartedFabric,
  { logDirectory, stateDirectory }: BalancerOptions,
): Promise<void> {
  if (processes.length === 0) return;
  const haproxy = findProgram('haproxy', environmentPath());
  const needsCertificate = processes.some((process) => process.needsCertificate);
  const certificate = needsCertificate
    ? await makeCertificate(findProgram('openssl', environmentPath()))
    : undefined;
  await Promise.all(
    processes.map(({ id, configuration, ...process }) =>
      fabric.startMachine({
        id,
        namespace: namespaceOf(fabric, id),
        command: ['/bin/sh', '-c', runHaproxy, 'sh', haproxy],
        environment: {},
        files: {
          'haproxy.cfg': configuration,
          ...(process.needsCertificate && certificate !== undefined && { [certificateFile]: certificate }),
        },
        mounts: [],
        hiddenFolders: [stateDirectory],
        logFile: join(logDirectory, `${id}.log`),
      }),
    ),
  );
}

function namespaceOf({ fabric }: StartedFabric, id: string): string {
  const found = fabric.interfaces.find((one) => one.id === id);
  if (found === undefined) throw new TypeError(`the fabric has no interface ${id}`);
  return found.namespace;
}

/** Asked from its own namespace: what its security groups admit is another question. */
async function untilListening(
  { id, address, ports, networkInterface }: BalancerProcess,
  fabric: StartedFabric,
  ended: ReadonlyMap<string, string>,
): Promise<void> {
  const deadline = performance.now() + listenBudgetMs;
  const target = { namespace: namespaceOf(fabric, id), address: networkInterface.privateAddress, ports };
  let outcomes: readonly string[] = [];
  while (performance.now() < deadline && !ended.has(id)) {
    outcomes = await fabric.probe({ ...target, timeoutMs: 400 });
    if (outcomes.every((outcome) => outcome === 'open')) return;
    await delay(pauseMs);
  }
  const seen = ports.map((port, index) => `${port} ${outcomes[index] ?? 'not tried'}`).join(', ');
  throw new DrydockError(
    'SIM_NODE_NOT_READY',
    `could not start ${address} as ${id}: ${ended.get(id) ?? `after ${listenBudgetMs / 1_000} s its ports are ${seen}`}; its log is in .drydock/runs`,
  );
}

/** @throws DrydockError SIM_TOOL_MISSING where the plan needs a program that is not on this machine. */
export function requireBalancerPrograms({ processes }: BalancerPlan): void {
  if (processes.length > 0) findProgram('haproxy', environmentPath());
  if (processes.some(({ needsCertificate }) => needsCertificate)) findProgram('openssl', environmentPath());
}

/** What is not known in time stays so: a target need not be up for its balancer to be. */
async function untilChecked(isDone: () => boolean): Promise<void> {
  const deadline = performance.now() + checkBudgetMs;
  while (!isDone() && performance.now() < deadline) await delay(pauseMs);
}
