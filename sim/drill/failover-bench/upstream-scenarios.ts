/** The sixteen published scenarios, as servers behind our workers show them: docs/failover-bench.md as data. Pure. */
import type { Behaviour } from './behaviour.ts';
import type { Profile } from './scenarios.ts';
import {
  advisory,
  aliveAfter,
  askedOnce,
  backWithin,
  endedWithin,
  fewProbes,
  modelNamed,
  noPrefillRefused,
  prefillRefusal,
  primaryAttemptsMax,
  primaryAttemptsMin,
  primaryAttemptsWithin,
  reasonTold,
  secondNotBefore,
  servedDuring,
  type UpstreamScenario,
  usageOfAnswering,
} from './upstream-checks.ts';

interface Times {
  readonly tokenMs: number;
  readonly firstTokenMs: number;
  readonly stallMs: number;
  readonly silenceMs: number;
  readonly outageMs: number;
  readonly flapRequests: number;
  readonly flapIntervalMs: number;
}

const times: Readonly<Record<Profile, Times>> = {
  full: {
    ...{ tokenMs: 15, firstTokenMs: 20_000, stallMs: 30_000, silenceMs: 120_000 },
    ...{ outageMs: 60_000, flapRequests: 20, flapIntervalMs: 4_000 },
  },
  fast: {
    ...{ tokenMs: 1, firstTokenMs: 3_000, stallMs: 4_000, silenceMs: 15_000 },
    ...{ outageMs: 6_000, flapRequests: 10, flapIntervalMs: 1_200 },
  },
};

type Told = Pick<UpstreamScenario, 'title' | 'primary'> & Partial<UpstreamScenario>;

export function planUpstreamScenarios(profile: Profile): readonly UpstreamScenario[] {
  const { tokenMs, ...time } = times[profile];
  const healthy: Behaviour = { kind: 'answer', tokenMs };
  const refuse = (status: number, code: string): Behaviour => ({ kind: 'refuse', status, code });
  const always = (behaviour: Behaviour) => () => behaviour;
  const once =
    (behaviour: Behaviour) =>
    ({ attempt }: { readonly attempt: number }) =>
      attempt === 1 ? behaviour : healthy;
  const scenario = (id: string, told: Told): UpstreamScenario => ({
    ...{ id, ideal: 'answer', requests: 1, others: always(healthy), wallMsMax: 40_000, checks: [] },
    ...told,
  });
  const cut = (afterTokens: number, silentMs: number): Behaviour => ({
    ...{ kind: 'answer', tokenMs },
    cut: { afterTokens, silentMs },
  });
  const { outageMs } = time;
  return [
    scenario('S01', {
      title: 'a server answers 429 once, with Retry-After',
      requests: 3,
      primary: once({ kind: 'refuse', status: 429, code: 'rate_limit_exceeded', retryAfterSeconds: 2 }),
      wallMsMax: 20_000,
      checks: [primaryAttemptsWithin(1_500, 2), advisory(secondNotBefore(1_800))],
    }),
    scenario('S02', {
      title: 'a server answers 429 for ever',
      requests: 3,
      primary: always(refuse(429, 'rate_limit_exceeded')),
      checks: [primaryAttemptsWithin(3_000, 4), primaryAttemptsMax(6)],
    }),
    scenario('S03', {
      title: 'a server answers 500 once',
      primary: once(refuse(500, 'internal_error')),
      wallMsMax: 20_000,
      checks: [advisory(primaryAttemptsMin(2))],
    }),
    scenario('S04', {
      title: 'a server answers 503 for ever',
      primary: always(refuse(503, 'overloaded')),
      checks: [primaryAttemptsMax(6)],
    }),
    scenario('S05', {
      title: 'a server resets the connection once',
      primary: once({ kind: 'reset' }),
      wallMsMax: 20_000,
    }),
    scenario('S06', {
      title: 'a server takes the request and says nothing',
      primary: always({ kind: 'silence', ms: time.silenceMs }),
      wallMsMax: 130_000,
      checks: [endedWithin(100_000), advisory(primaryAttemptsMax(1))],
    }),
    scenario('S07', {
      title: 'the first token of a server is late',
      primary: always({ kind: 'answer', tokenMs, firstTokenMs: time.firstTokenMs }),
      wallMsMax: 60_000,
      checks: [advisory(endedWithin(15_000))],
    }),
    scenario('S08', {
      title: 'a stream is cut after 40 of 60 tokens',
      primary: always(cut(40, 0)),
    }),
    scenario('S09', {
      title: 'a stream stalls after 20 tokens',
      primary: always(cut(20, time.stallMs)),
      wallMsMax: 70_000,
      checks: [endedWithin(45_000), aliveAfter],
    }),
    scenario('S10', {
      title: 'the tenth event of a stream is no JSON',
      primary: always({ kind: 'answer', tokenMs, malformedEvent: 10 }),
      wallMsMax: 30_000,
      checks: [aliveAfter],
    }),
    scenario('S11', {
      title: 'a stream ends without [DONE]',
      primary: always({ kind: 'answer', tokenMs, isWithoutDone: true }),
      wallMsMax: 30_000,
      checks: [endedWithin(8_000), advisory(usageOfAnswering)],
    }),
    scenario('S12', {
      title: 'a server refuses a prompt that is too long',
      ideal: 'refusal',
      primary: always(refuse(400, 'context_length_exceeded')),
      wallMsMax: 20_000,
      checks: [askedOnce, advisory(reasonTold('context_length_exceeded'))],
    }),
    scenario('S13', {
      title: 'a server refuses what its filter finds',
      ideal: 'refusal',
      primary: always(refuse(400, 'content_policy_violation')),
      wallMsMax: 20_000,
      checks: [askedOnce, advisory(reasonTold('content_policy_violation'))],
    }),
    scenario('S14', {
      title: 'a stream is cut, and the other servers refuse a prefill',
      primary: always(cut(40, 0)),
      others: ({ isPrefill }) => (isPrefill ? refuse(400, prefillRefusal) : healthy),
      checks: [noPrefillRefused],
    }),
    scenario('S15', {
      title: 'a server is down for a while',
      requests: time.flapRequests,
      intervalMs: time.flapIntervalMs,
      primary: ({ sinceMs }) => (sinceMs < outageMs ? refuse(503, 'overloaded') : healthy),
      wallMsMax: 30_000,
      checks: [servedDuring(outageMs), backWithin(outageMs, 30_000), advisory(fewProbes(outageMs))],
    }),
    scenario('S16', {
      title: 'the account of an answer that another server gave',
      primary: always(refuse(503, 'overloaded')),
      checks: [modelNamed, primaryAttemptsMax(6), advisory(usageOfAnswering)],
    }),
  ];
}
