import { expect, test } from 'vitest';
import {
  judgeRefusals,
  judgeScenario,
  type ScenarioEvidence,
} from '../../../../sim/drill/failover-bench/verdict.ts';
import type { Transcript } from '../../../../sim/drill/transcript.ts';
import { referenceOf, transcriptOf } from './drilled.ts';

const answer = 'the quick brown fox';
const seen = (letters: string, changed: Partial<Transcript> = {}) =>
  transcriptOf(letters, { model: 'tiny', ...changed });

function judge(changed: Partial<ScenarioEvidence>) {
  return judgeScenario({
    requests: 1,
    transcripts: [seen(answer)],
    referenceOf: () => referenceOf(answer),
    limits: { stallMs: 10, firstTokenMs: 50, totalMs: 500 },
    model: 'tiny',
    struck: 1,
    allowsRetry: false,
    shortcomings: [],
    ...changed,
  });
}

const told = seen('the q', { end: 'error', errorCode: 'worker_lost' });
const broken = seen('the q', { end: 'broken' });
const retry = seen(answer, { attempt: 1 });
const hung = seen('the q', { end: 'timeout' });

test.each<[string, Partial<ScenarioEvidence>, string]>([
  ['a whole answer in time', {}, 'pass'],
  ['a retry that is expected', { transcripts: [told, retry], allowsRetry: true }, 'pass'],
  ['a retry that is not', { transcripts: [told, retry] }, 'partial'],
  [
    'a client that left and was answered elsewhere',
    { transcripts: [hung, retry], allowsRetry: true },
    'pass',
  ],
  ['a long silence', { limits: { stallMs: 9 } }, 'partial'],
  ['a late first token', { limits: { firstTokenMs: 49 } }, 'partial'],
  ['a late end', { limits: { totalMs: 200 } }, 'partial'],
  ['what else was to hold', { shortcomings: ['12 streams never ran at once'] }, 'partial'],
  ['a connection that breaks without an error', { transcripts: [broken, retry] }, 'fail'],
  ['an error that is told', { transcripts: [seen('', { end: 'error', errorCode: 'x' })] }, 'safe'],
  ['a truncated success', { transcripts: [seen('the q')] }, 'fail'],
  ['an end without [DONE]', { transcripts: [seen(answer, { end: 'closed' })] }, 'fail'],
  ['a repeated token', { transcripts: [seen('the quuick brown fox')] }, 'fail'],
  ['a lost token before an error', { transcripts: [seen('the uick', { end: 'error' }), retry] }, 'fail'],
  ['other text', { transcripts: [seen(answer, { text: 'x' })] }, 'fail'],
  ['a client that waits in vain', { transcripts: [hung] }, 'fail'],
  ['a request without any end', { requests: 2 }, 'fail'],
  ['another model', { transcripts: [seen(answer, { model: 'small' })] }, 'fail'],
  ['nothing under way', { struck: 0 }, 'fail'],
])('judges %s', (_, changed, verdict) => {
  const judged = judge(changed);
  expect(judged.verdict).toBe(verdict);
  expect(judged.reason === undefined).toBe(verdict === 'pass');
});

const refused = seen('', { end: 'error', errorCode: 'status 400 request_refused' });

test.each<[string, readonly Transcript[], string]>([
  ['a refusal by each gateway', [refused, refused], 'pass'],
  ['a refusal that comes after tries', [refused, { ...refused, endedMs: refused.startedMs + 3_001 }], 'fail'],
  ['a refusal that blames somebody else', [{ ...refused, errorCode: 'status 502 worker_lost' }], 'safe'],
  ['an answer', [refused, seen(answer)], 'fail'],
  ['a broken connection', [broken], 'fail'],
  ['nothing', [], 'fail'],
])('judges %s of what nobody can answer', (_, transcripts, verdict) => {
  expect(judgeRefusals(transcripts).verdict).toBe(verdict);
});
