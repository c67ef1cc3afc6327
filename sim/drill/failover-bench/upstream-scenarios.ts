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

type Answer = Extract<Behaviour, { kind: 'answer' }>;
type Row = Pick<UpstreamScenario, 'id' | 'title' | 'primary'> & Partial<UpstreamScenario>;

/** All sixteen, in the order of their ids. Times are in milliseconds. */
export function planUpstreamScenarios(profile: Profile): readonly UpstreamScenario[] {
  const { tokenMs } = times[profile];
  const healthy: Answer = { kind: 'answer', tokenMs };
  return [
    ...refusing(healthy),
    ...silent(healthy, times[profile]),
    ...damaged(healthy),
    ...refused(),
    ...fallenBack(healthy, times[profile]),
  ].map((row) => ({
    ...{ ideal: 'answer', requests: 1, others: always(healthy), wallMsMax: 40_000, checks: [] },
    ...row,
  }));
}

function refusing(healthy: Behaviour): readonly Row[] {
  const once =
    (behaviour: Behaviour) =>
    ({ attempt }: { readonly attempt: number }) =>
      attempt === 1 ? behaviour : healthy;
  return [
    {
      id: 'S01',
      title: 'a server answers 429 once, with Retry-After',
      requests: 3,
      primary: once({ ...refuse(429, 'rate_limit_exceeded'), retryAfterSeconds: 2 }),
      wallMsMax: 20_000,
      checks: [primaryAttemptsWithin(1_500, 2), advisory(secondNotBefore(1_800))],
    },
    {
      id: 'S02',
      title: 'a server answers 429 for ever',
      requests: 3,
      primary: always(refuse(429, 'rate_limit_exceeded')),
      checks: [primaryAttemptsWithin(3_000, 4), primaryAttemptsMax(6)],
    },
    {
      id: 'S03',
      title: 'a server answers 500 once',
      primary: once(refuse(500, 'internal_error')),
      wallMsMax: 20_000,
      checks: [advisory(primaryAttemptsMin(2))],
    },
    {
      id: 'S04',
      title: 'a server answers 503 for ever',
      primary: always(refuse(503, 'overloaded')),
      checks: [primaryAttemptsMax(6)],
    },
    {
      id: 'S05',
      title: 'a server resets the connection once',
      primary: once({ kind: 'reset' }),
      wallMsMax: 20_000,
    },
  ];
}

function silent(healthy: Answer, { silenceMs, firstTokenMs, stallMs }: Times): readonly Row[] {
  return [
    {
      id: 'S06',
      title: 'a server takes the request and says nothing',
      primary: always({ kind: 'silence', ms: silenceMs }),
      wallMsMax: 130_000,
      checks: [endedWithin(100_000), advisory(primaryAttemptsMax(1))],
    },
    {
      id: 'S07',
      title: 'the first token of a server is late',
      primary: always({ ...healthy, firstTokenMs }),
      wallMsMax: 60_000,
      checks: [advisory(endedWithin(15_000))],
    },
    {
      id: 'S08',
      title: 'a stream is cut after 40 of 60 tokens',
      primary: always({ ...healthy, cut: { afterTokens: 40, silentMs: 0 } }),
    },
    {
      id: 'S09',
      title: 'a stream stalls after 20 tokens',
      primary: always({ ...healthy, cut: { afterTokens: 20, silentMs: stallMs } }),
      wallMsMax: 70_000,
      checks: [endedWithin(45_000), aliveAfter],
    },
  ];
}

function damaged(healthy: Answer): readonly Row[] {
  return [
    {
      id: 'S10',
      title: 'the tenth event of a stream is no JSON',
      primary: always({ ...healthy, malformedEvent: 10 }),
      wallMsMax: 30_000,
      checks: [aliveAfter],
    },
    {
      id: 'S11',
      title: 'a stream ends without [DONE]',
      primary: always({ ...healthy, isWithoutDone: true }),
      wallMsMax: 30_000,
      checks: [endedWithin(8_000), advisory(usageOfAnswering)],
    },
  ];
}

function refused(): readonly Row[] {
  const row = (id: string, title: string, code: string): Row => ({
    ...{ id, title, ideal: 'refusal', wallMsMax: 20_000 },
    primary: always(refuse(400, code)),
    checks: [askedOnce, advisory(reasonTold(code))],
  });
  return [
    row('S12', 'a server refuses a prompt that is too long', 'context_length_exceeded'),
    row('S13', 'a server refuses what its filter finds', 'content_policy_violation'),
  ];
}

function fallenBack(healthy: Answer, { outageMs, flapRequests, flapIntervalMs }: Times): readonly Row[] {
  return [
    {
      id: 'S14',
      title: 'a stream is cut, and the other servers refuse a prefill',
      primary: always({ ...healthy, cut: { afterTokens: 40, silentMs: 0 } }),
      others: ({ isPrefill }) => (isPrefill ? refuse(400, prefillRefusal) : healthy),
      checks: [noPrefillRefused],
    },
    {
      id: 'S15',
      title: 'a server is down for a while',
      requests: flapRequests,
      intervalMs: flapIntervalMs,
      primary: ({ sinceMs }) => (sinceMs < outageMs ? refuse(503, 'overloaded') : healthy),
      wallMsMax: 30_000,
      checks: [servedDuring(outageMs), backWithin(outageMs, 30_000), advisory(fewProbes(outageMs))],
    },
    {
      id: 'S16',
      title: 'the account of an answer that another server gave',
      primary: always(refuse(503, 'overloaded')),
      checks: [modelNamed, primaryAttemptsMax(6), advisory(usageOfAnswering)],
    },
  ];
}

function refuse(status: number, code: string): Extract<Behaviour, { kind: 'refuse' }> {
  return { kind: 'refuse', status, code };
}

function always(behaviour: Behaviour): () => Behaviour {
  return () => behaviour;
}
