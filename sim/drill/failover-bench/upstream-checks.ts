/** What is checked of the scenarios of the upstream half, beside the answers themselves. Pure. */
import type { Behaviour } from './behaviour.ts';
import { attemptsOnPrimary, isRescued, type UpstreamEvidence } from './upstream-evidence.ts';

export interface Check {
  readonly holds: (evidence: UpstreamEvidence) => boolean;
  /** What is so where it does not hold, in words. */
  readonly otherwise: string;
  /** Where it does not hold the verdict is partial, not fail. */
  readonly isAdvisory?: boolean;
}

export interface UpstreamScenario {
  readonly id: string;
  /** In one line, for whoever watches. */
  readonly title: string;
  /** What a client is to get. */
  readonly ideal: 'answer' | 'refusal';
  /** One after the other. */
  readonly requests: number;
  /** From the beginning of one to that of the next. Absent: as soon as the one before has ended. */
  readonly intervalMs?: number;
  /** What the primary does. `attempt` counts from 1. */
  readonly primary: (facts: { readonly attempt: number; readonly sinceMs: number }) => Behaviour;
  /** What the others do. */
  readonly others: (facts: { readonly isPrefill: boolean }) => Behaviour;
  /** A request that takes longer hangs. */
  readonly wallMsMax: number;
  readonly checks: readonly Check[];
}

export const advisory = (check: Check): Check => ({ ...check, isAdvisory: true });

export const primaryAttemptsMax = (max: number): Check => ({
  holds: (evidence) => attemptsOnPrimary(evidence).length <= max,
  otherwise: `the failing server was asked more than ${max} times`,
});

export const primaryAttemptsMin = (min: number): Check => ({
  holds: (evidence) => attemptsOnPrimary(evidence).length >= min,
  otherwise: `the failing server was asked fewer than ${min} times`,
});

/** Whatever the server: all have the same model, and would say the same. */
export const askedOnce: Check = {
  holds: ({ attempts }) => attempts.length === 1,
  otherwise: 'what cannot be retried was retried',
};

export const primaryAttemptsWithin = (windowMs: number, max: number): Check => ({
  holds(evidence) {
    const [first, ...others] = attemptsOnPrimary(evidence);
    return first === undefined || 1 + others.filter(({ atMs }) => atMs < first.atMs + windowMs).length <= max;
  },
  otherwise: `the failing server was asked more than ${max} times within ${windowMs} ms`,
});

export const secondNotBefore = (gapMs: number): Check => ({
  holds(evidence) {
    const [first, second] = attemptsOnPrimary(evidence);
    return first === undefined || second === undefined || second.atMs - first.atMs >= gapMs;
  },
  otherwise: `the failing server was asked again within ${gapMs} ms`,
});

export const endedWithin = (ms: number): Check => ({
  holds: ({ seen }) => seen.every(({ startedMs, endedMs }) => endedMs - startedMs <= ms),
  otherwise: `a request took more than ${ms} ms`,
});

export const aliveAfter: Check = {
  holds: ({ isAliveAfter }) => isAliveAfter,
  otherwise: 'a healthy request was not answered afterwards',
};

/** What a server says that takes no beginning of an answer. */
export const prefillRefusal = 'prefill_not_supported';

/** A refusal of what went on with an answer, said to a client that had asked for no such thing. That the answer is lost may be said. */
export const noPrefillRefused: Check = {
  holds: ({ seen }) => seen.every(({ errorText }) => errorText?.includes(prefillRefusal) !== true),
  otherwise: 'a client was told that a prefill is refused',
};

export const reasonTold = (code: string): Check => ({
  holds: ({ seen }) => seen.every(({ errorText }) => errorText?.includes(code) === true),
  otherwise: `a client was not told ${code}`,
});

export const modelNamed: Check = {
  holds: ({ seen, model }) => seen.every((one) => one.model === model),
  otherwise: 'an answer named another model',
};

/** Not that of a server that refused. */
export const usageOfAnswering: Check = {
  holds: ({ seen, attempts, promptTokens }) =>
    seen.every((one) => {
      const served = attempts.findLast(({ atMs }) => atMs <= one.endedMs);
      return served !== undefined && one.promptTokens === promptTokens[served.server];
    }),
  otherwise: 'an answer has not the usage of the server that gave it',
};

export const servedDuring = (outageMs: number): Check => ({
  holds: ({ seen, startedMs }) => seen.filter((one) => one.startedMs < startedMs + outageMs).every(isRescued),
  otherwise: 'a request was not answered while a server was down',
});

export const backWithin = (outageMs: number, ms: number): Check => ({
  holds: (evidence) =>
    attemptsOnPrimary(evidence).some(({ atMs }) => {
      const afterMs = atMs - evidence.startedMs - outageMs;
      return afterMs >= 0 && afterMs <= ms;
    }),
  otherwise: `the server was not used again within ${ms} ms`,
});

/** A request may ask a server that was down before, to see whether it still is, but none may ask it twice. */
export const fewProbes = (outageMs: number): Check => ({
  holds(evidence) {
    const untilMs = evidence.startedMs + outageMs;
    const asked = evidence.seen.filter(({ startedMs }) => startedMs < untilMs).length;
    return attemptsOnPrimary(evidence).filter(({ atMs }) => atMs < untilMs).length <= asked;
  },
  otherwise: 'a server that is down was asked more than once for each request',
});
