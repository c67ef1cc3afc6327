/**
 * Keeps programs running as their machines' units do: what ends by itself starts again after the unit's delay, under the same id and address,
 * as often as it takes. What was stopped on purpose stays stopped until it is started.
 */
import type { RestartPolicy } from '../nodes/index.ts';

export type NodeState =
  | 'starting'
  | 'serving'
  /** Its processes are stopped. */
  | 'frozen'
  /** It has ended and waits for its next start. */
  | 'restarting'
  /** It has ended, and nothing starts it by itself. */
  | 'dead';

export interface NodeRecord {
  readonly state: NodeState;
  /** When it came into that state, in milliseconds of the epoch. */
  readonly sinceMs: number;
  /** Starts after the first one. */
  readonly restarts: number;
  /** How it ended the last time: `was ended by SIGKILL`. */
  readonly lastEnd?: string;
}

export interface NodeEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface NodeSupervision {
  record(id: string): NodeRecord;
  /** Its process runs; it does not serve yet. */
  started(id: string): void;
  ready(id: string): void;
  /** Its process has ended. @returns whether that was nobody's purpose after it had served once, and when it starts again. */
  ended(id: string, end: NodeEnd): { readonly isByItself: boolean; readonly restartsInMs?: number };
  /** From here on its end is on purpose; a start that waits is called off. */
  release(ids: readonly string[]): void;
  frozen(ids: readonly string[], isFrozen: boolean): void;
  forget(ids: readonly string[]): void;
  /** Nothing starts any more. */
  close(): void;
}

export interface NodeSupervisionOptions {
  readonly policyOf: (id: string) => RestartPolicy | undefined;
  /** Called after the delay, unless it was released meanwhile. */
  readonly restart: (id: string) => void;
  readonly now: () => number;
}

interface Kept {
  state: Exclude<NodeState, 'frozen'>;
  sinceMs: number;
  starts: number;
  isWanted: boolean;
  isFrozen: boolean;
  hasServed: boolean;
  lastEnd?: string;
  timer?: NodeJS.Timeout;
}

export function superviseNodes({ policyOf, restart, now }: NodeSupervisionOptions): NodeSupervision {
  const kept = new Map<string, Kept>();
  let isClosed = false;
  const of = (id: string): Kept => {
    const known = kept.get(id);
    if (known) return known;
    const fresh: Kept = {
      ...{ state: 'dead', sinceMs: now(), starts: 0 },
      ...{ isWanted: false, isFrozen: false, hasServed: false },
    };
    kept.set(id, fresh);
    return fresh;
  };
  const enter = (node: Kept, state: Kept['state']) => {
    node.state = state;
    node.sinceMs = now();
  };
  const callOff = (node: Kept) => {
    clearTimeout(node.timer);
    delete node.timer;
    node.isWanted = false;
    if (node.state === 'restarting') enter(node, 'dead');
  };
  return {
    record(id) {
      const { state, sinceMs, starts, isFrozen, lastEnd } = of(id);
      return {
        state: isFrozen ? 'frozen' : state,
        sinceMs,
        restarts: Math.max(0, starts - 1),
        ...(lastEnd !== undefined && { lastEnd }),
      };
    },
    started(id) {
      const node = of(id);
      node.starts += 1;
      node.isWanted = true;
      node.isFrozen = false;
      enter(node, 'starting');
    },
    ready(id) {
      const node = of(id);
      if (node.state !== 'starting') return;
      node.hasServed = true;
      enter(node, 'serving');
    },
    ended(id, end) {
      const node = of(id);
      node.lastEnd = howItEnded(end);
      node.isFrozen = false;
      const delayMs = policyOf(id)?.delayMs ?? 0;
      // One that has never served fails the start, and is not tried again and again.
      const isByItself = !isClosed && node.isWanted && node.hasServed;
      if (!isByItself || !isToRestart(policyOf(id), end)) {
        node.isWanted = false;
        enter(node, 'dead');
        return { isByItself };
      }
      enter(node, 'restarting');
      node.timer = setTimeout(() => restart(id), delayMs);
      return { isByItself, restartsInMs: delayMs };
    },
    release(ids) {
      for (const id of ids) callOff(of(id));
    },
    frozen(ids, isFrozen) {
      for (const node of ids.map(of)) {
        if (node.isFrozen === isFrozen || (node.state !== 'starting' && node.state !== 'serving')) continue;
        node.isFrozen = isFrozen;
        node.sinceMs = now();
      }
    },
    forget(ids) {
      for (const id of ids) {
        callOff(of(id));
        kept.delete(id);
      }
    },
    close() {
      isClosed = true;
      for (const node of kept.values()) callOff(node);
    },
  };
}

export function howItEnded({ code, signal }: NodeEnd): string {
  return signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
}

function isToRestart(policy: RestartPolicy | undefined, { code }: NodeEnd): boolean {
  if (policy?.when === 'on-failure') return code !== 0;
  return policy?.when === 'always';
}
