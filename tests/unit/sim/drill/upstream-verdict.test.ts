import { expect, test } from 'vitest';
import type { Attempt } from '../../../../sim/drill/failover-bench/behaviour.ts';
import { canonicalText, canonicalTokens } from '../../../../sim/drill/failover-bench/canonical-answer.ts';
import type { UpstreamEvidence } from '../../../../sim/drill/failover-bench/upstream-evidence.ts';
import { planUpstreamScenarios } from '../../../../sim/drill/failover-bench/upstream-scenarios.ts';
import { judgeUpstream } from '../../../../sim/drill/failover-bench/upstream-verdict.ts';
import type { Transcript } from '../../../../sim/drill/transcript.ts';

const whole = (changed: Partial<Transcript> = {}): Transcript => ({
  ...{ request: 0, attempt: 0, gateway: 'gateway-0', startedMs: 1_000, endedMs: 2_000, end: 'done' },
  ...{ tokens: [], text: canonicalText, finishReason: 'stop', completionTokens: 60, promptTokens: 21 },
  model: 'bench',
  ...changed,
});
const part = (tokens: number, changed: Partial<Transcript> = {}) =>
  whole({ text: canonicalTokens.slice(0, tokens).join(''), ...changed });
const told = { end: 'error', errorCode: 'worker_lost', errorText: 'lost' } as const;

/** The primary is worker-0. */
const asked = (...attempts: readonly (readonly [worker: number, atMs: number])[]): readonly Attempt[] =>
  attempts.map(([worker, atMs]) => ({ server: `worker-${worker}`, atMs, isPrefill: false }));
const elsewhere = asked([0, 1_001], [1, 1_002]);

function judge(id: string, changed: Partial<UpstreamEvidence>) {
  const scenario = planUpstreamScenarios('full').find((one) => one.id === id);
  if (scenario === undefined) throw new TypeError(`there is no ${id}`);
  const { verdict, reason } = judgeUpstream(scenario, {
    seen: Array.from({ length: scenario.requests }, () => whole()),
    attempts: elsewhere,
    ...{ primary: 'worker-0', startedMs: 1_000, isAliveAfter: true, model: 'bench' },
    promptTokens: { 'worker-0': 20, 'worker-1': 21 },
    ...changed,
  });
  expect(reason === undefined).toBe(verdict === 'pass');
  return verdict;
}

test('the canonical answer has sixty tokens', () => expect(canonicalTokens).toHaveLength(60));

test.each<[string, Transcript, string]>([
  ['a whole answer', whole(), 'pass'],
  ['an error after a part', part(40, told), 'safe'],
  ['an error before all', part(0, told), 'safe'],
  ['a truncated success', part(40), 'fail'],
  ['a truncated success that ends as one of its length', part(40, { finishReason: 'length' }), 'fail'],
  ['a repeated token', whole({ text: `A ${canonicalText}` }), 'fail'],
  ['a repeated token before an error', part(0, { ...told, text: 'A A' }), 'fail'],
  ['an end without an error', part(40, { end: 'closed' }), 'fail'],
  ['a whole answer without [DONE]', whole({ end: 'closed' }), 'fail'],
  ['a broken connection', part(40, { end: 'broken' }), 'fail'],
  ['a client that waits in vain', part(40, { end: 'timeout' }), 'fail'],
  ['what is no event', part(40, { end: 'error', errorCode: 'not an event' }), 'fail'],
  ['a usage that counts a token twice', whole({ completionTokens: 61 }), 'fail'],
])('S08: judges %s', (_, seen, verdict) => expect(judge('S08', { seen: [seen] })).toBe(verdict));

const refused = (code: string) => part(0, { ...told, errorCode: 'status 400', errorText: `400 (${code})` });
const many = (count: number, everyMs: number) =>
  asked(...Array.from({ length: count }, (_, index) => [0, 1_000 + index * everyMs] as const), [1, 60_000]);
const three = [whole(), whole(), whole()];
const flapping = (startedMs: readonly number[], changed: Partial<Transcript> = {}) =>
  startedMs.map((ms) => whole({ startedMs: ms, endedMs: ms + 1_000, ...changed }));
const outage = flapping([1_000, 5_000, 62_000]);
const prefillTold = { ...told, errorText: 'could not answer: 400 (prefill_not_supported)' };
const withPrefill = elsewhere.map((one) => ({ ...one, isPrefill: one.server === 'worker-1' }));

test.each<[string, string, Partial<UpstreamEvidence>, string]>([
  ['S01', 'asked again at once', { attempts: asked([0, 1_001], [0, 2_000]), seen: three }, 'partial'],
  ['S01', 'asked again in time', { attempts: asked([0, 1_001], [0, 2_802]), seen: three }, 'pass'],
  ['S01', 'hammered', { attempts: many(3, 10), seen: three }, 'fail'],
  [
    'S01',
    'one of three without an answer',
    { seen: [whole(), part(0, { end: 'timeout' }), whole()] },
    'fail',
  ],
  ['S02', 'hammered', { attempts: many(5, 100), seen: three }, 'fail'],
  ['S02', 'asked without an end', { attempts: many(7, 4_000), seen: three }, 'fail'],
  ['S03', 'never asked again', {}, 'partial'],
  ['S03', 'asked again', { attempts: asked([0, 1_001], [0, 1_050]) }, 'pass'],
  ['S04', 'asked without an end', { attempts: many(7, 4_000) }, 'fail'],
  ['S05', 'no server asked', { attempts: [], primary: undefined }, 'fail'],
  ['S06', 'asked again', { attempts: many(2, 30_000) }, 'partial'],
  ['S06', 'late', { seen: [whole({ endedMs: 101_001 })] }, 'fail'],
  ['S07', 'late', { seen: [whole({ endedMs: 16_001 })] }, 'partial'],
  ['S09', 'late', { seen: [whole({ endedMs: 46_001 })] }, 'fail'],
  ['S09', 'dead afterwards', { isAliveAfter: false }, 'fail'],
  ['S10', 'dead afterwards', { isAliveAfter: false }, 'fail'],
  ['S11', 'late', { seen: [whole({ endedMs: 9_001 })] }, 'fail'],
  ['S11', 'without usage', { seen: [whole({ completionTokens: 0 })] }, 'fail'],
  ['S12', 'refused at once', { seen: [refused('context_length_exceeded')], attempts: asked([0, 1]) }, 'pass'],
  ['S12', 'retried', { seen: [refused('context_length_exceeded')], attempts: many(1, 0) }, 'fail'],
  ['S12', 'not said why', { seen: [refused('x')], attempts: asked([0, 1]) }, 'partial'],
  ['S13', 'retried', { seen: [refused('content_policy_violation')] }, 'fail'],
  ['S13', 'answered', { attempts: asked([0, 1_001]) }, 'partial'],
  ['S14', 'told of a prefill', { seen: [part(40, prefillTold)], attempts: withPrefill }, 'fail'],
  ['S14', 'told of the loss', { seen: [part(40, told)] }, 'safe'],
  ['S14', 'told of the loss after a prefill', { seen: [part(40, told)], attempts: withPrefill }, 'safe'],
  ['S14', 'answered after a prefill', { attempts: withPrefill }, 'pass'],
  ['S15', 'back', { seen: outage, attempts: asked([0, 1_001], [0, 62_001]) }, 'pass'],
  ['S15', 'never back', { seen: outage, attempts: asked([0, 1_001], [1, 62_001]) }, 'fail'],
  [
    'S15',
    'not served in the outage',
    { seen: [part(0, { ...told, startedMs: 5_000 }), ...outage], attempts: asked([0, 1_001], [0, 62_001]) },
    'fail',
  ],
  [
    'S15',
    'asked once for each request',
    { seen: outage, attempts: [...many(2, 4_000), ...asked([0, 62_001])] },
    'pass',
  ],
  [
    'S15',
    'asked once more than requests came',
    { seen: outage, attempts: [...many(3, 1_000), ...asked([0, 62_001])] },
    'partial',
  ],
  ['S16', 'another model', { seen: [whole({ model: 'other' })] }, 'fail'],
  ['S16', 'the usage of another server', { seen: [whole({ promptTokens: 20 })] }, 'partial'],
  ['S16', 'asked without an end', { attempts: many(7, 100) }, 'fail'],
])('%s: judges %s', (id, _, changed, verdict) => {
  const padded = changed.seen && id === 'S15' ? fill(changed.seen) : changed.seen;
  expect(judge(id, { ...changed, ...(padded && { seen: padded }) })).toBe(verdict);
});

/** As many as are due, the others after the outage. */
function fill(seen: readonly Transcript[]): readonly Transcript[] {
  return [...seen, ...flapping(Array.from({ length: 20 - seen.length }, () => 70_000))];
}
