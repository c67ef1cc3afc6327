/** One scenario of the upstream half as its servers ask for it: who is asked first is the one that misbehaves, and so it stays. Pure. */
import type { Attempt, Behaviour, ReportedAttempt } from './behaviour.ts';
import type { UpstreamScenario } from './upstream-checks.ts';

export interface Play {
  /** What the server is to do with the request that it got. */
  next(attempt: ReportedAttempt): Behaviour;
  readonly attempts: readonly Attempt[];
  readonly primary: string | undefined;
  readonly startedMs: number;
}

/** @param now in milliseconds since some moment; `startedMs` and each attempt's `atMs` are by it. `sinceMs` counts from the opening. */
export function openPlay(
  { primary: misbehave, others }: Pick<UpstreamScenario, 'primary' | 'others'>,
  { now }: { readonly now: () => number },
): Play {
  const attempts: Attempt[] = [];
  const startedMs = now();
  const primary = () => attempts[0]?.server;
  return {
    attempts,
    startedMs,
    get primary() {
      return primary();
    },
    next(reported) {
      const atMs = now();
      attempts.push({ ...reported, atMs });
      const { server, isPrefill } = reported;
      if (server !== primary()) return others({ isPrefill });
      const attempt = attempts.filter((one) => one.server === server).length;
      return misbehave({ attempt, sinceMs: atMs - startedMs });
    },
  };
}
