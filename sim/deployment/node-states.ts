/** What is known of each program, from its log lines and its end. A program that ends before it is ready fails who waits for it. */
import { DrydockError } from '../errors.ts';
import type { SupervisorEvent } from '../fabric/index.ts';
import { howItEnded } from './supervise-nodes.ts';

type NodeState = 'starting' | 'ready' | 'ended';

export interface NodeStates {
  readonly onEvent: (event: SupervisorEvent) => void;
  /** Resolves when all are ready; rejects with the first that ends before, or at the budget, naming who is missing. */
  allReady(ids: readonly string[], budgetMs: number): Promise<void>;
  state(id: string): NodeState;
  /** They may start anew. */
  forget(ids: readonly string[]): void;
}

export interface NodeStatesOptions {
  readonly logDirectory: string;
  /** A program that was ready has ended. */
  readonly onEnded: (id: string, how: string) => void;
  /** How many are ready, each time another one is. */
  readonly onReady?: (count: number, id: string) => void;
}

export function trackNodes({ logDirectory, onEnded, onReady }: NodeStatesOptions): NodeStates {
  const states = new Map<string, NodeState>();
  const lastFailure = new Map<string, string>();
  const waiters = new Set<() => void>();
  const startFailures = new Map<string, DrydockError>();

  const onEvent = (event: SupervisorEvent) => {
    if (event.kind === 'machine-log') {
      const line = parseLine(event.line);
      if (line.event === 'ready' && !states.has(event.id)) {
        states.set(event.id, 'ready');
        onReady?.([...states.values()].filter((state) => state === 'ready').length, event.id);
      }
      if (line.event === 'failed' && line.message !== undefined) lastFailure.set(event.id, line.message);
    } else if (event.kind === 'machine-exit') {
      const how = howItEnded(event);
      const wasReady = states.get(event.id) === 'ready';
      states.set(event.id, 'ended');
      if (wasReady) onEnded(event.id, how);
      else startFailures.set(event.id, failure(event.id, lastFailure.get(event.id) ?? how, logDirectory));
    }
    for (const wake of waiters) wake();
  };

  return {
    onEvent,
    state: (id) => states.get(id) ?? 'starting',
    forget(ids) {
      for (const id of ids) {
        states.delete(id);
        lastFailure.delete(id);
        startFailures.delete(id);
      }
    },
    allReady: (ids, budgetMs) =>
      new Promise((resolve, reject) => {
        const finish = (settle: () => void) => {
          clearTimeout(timer);
          waiters.delete(check);
          settle();
        };
        const missing = () => ids.filter((id) => states.get(id) !== 'ready');
        const check = () => {
          const failed = ids.flatMap((id) => startFailures.get(id) ?? [])[0];
          if (failed) finish(() => reject(failed));
          else if (missing().length === 0) finish(resolve);
        };
        const timer = setTimeout(
          () => finish(() => reject(notReady(missing(), budgetMs, logDirectory))),
          budgetMs,
        );
        waiters.add(check);
        check();
      }),
  };
}

function parseLine(text: string): { readonly event?: string; readonly message?: string } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return {};
    const { event, msg } = value as Readonly<Record<string, unknown>>;
    return {
      ...(typeof event === 'string' && { event }),
      ...(typeof msg === 'string' && { message: msg }),
    };
  } catch {
    return {};
  }
}

function failure(id: string, reason: string, logDirectory: string): DrydockError {
  return new DrydockError(
    'SIM_NODE_FAILED',
    `could not start ${id}: ${reason}; its log is ${logDirectory}/${id}.log`,
  );
}

function notReady(ids: readonly string[], budgetMs: number, logDirectory: string): DrydockError {
  return new DrydockError(
    'SIM_NODE_NOT_READY',
    `could not start ${ids.join(', ')}: not ready after ${budgetMs / 1000} s; see the logs in ${logDirectory}`,
  );
}
