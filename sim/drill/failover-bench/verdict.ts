/** What a scenario of the Failover Bench is worth, from what its clients saw. Pure. */
import { type AnswerVerdict, checkAnswer } from '../check-answer.ts';
import type { Reference, Transcript } from '../transcript.ts';

export type Verdict = 'pass' | 'partial' | 'safe' | 'fail';

export interface ScenarioVerdict {
  readonly id: string;
  readonly verdict: Verdict;
  /** Why it is no pass. */
  readonly reason?: string;
}

/** In milliseconds; what is absent is not limited. */
export interface ScenarioLimits {
  readonly stallMs?: number;
  readonly firstTokenMs?: number;
  /** Of one answer. */
  readonly totalMs?: number;
}

export interface ScenarioEvidence {
  readonly requests: number;
  readonly transcripts: readonly Transcript[];
  readonly referenceOf: (request: number) => Reference;
  readonly limits: ScenarioLimits;
  /** Of the model that was asked for, and that answers have to name. */
  readonly model: string;
  /** Streams in the middle of their answer, or waiting for it, when it struck. */
  readonly struck: number;
  /** A client's one retry does not count against it. */
  readonly allowsRetry: boolean;
  /** What else was to hold and did not, in words. */
  readonly shortcomings: readonly string[];
}

type Told = Omit<ScenarioVerdict, 'id'>;

export function judgeScenario(evidence: ScenarioEvidence): Told {
  const { requests, transcripts, referenceOf, limits, struck, allowsRetry, shortcomings, model } = evidence;
  const judged = transcripts.map((seen) => ({ seen, verdict: checkAnswer(seen, referenceOf(seen.request)) }));
  const whole = new Set(judged.filter(({ verdict }) => verdict.isWhole).map(({ seen }) => seen.request));
  const missing = judged.filter(({ seen }) => !whole.has(seen.request));
  const reasons = missing.map(({ verdict }) => verdict.reason ?? '');
  const wrong = judged.find(({ verdict }) => isWrong(verdict));
  if (wrong) return { verdict: 'fail', reason: wrongWords(wrong.verdict) };
  // A client that leaves after its patience has waited in vain, unless another gateway answers it.
  const isInVain = missing.some(({ seen }) => seen.end === 'timeout');
  // Nothing here ends a gateway: who ends the answer has to say why.
  if (transcripts.some(({ end }) => end === 'broken'))
    return { verdict: 'fail', reason: 'a connection broke without an error' };
  if (isInVain || whole.size + new Set(missing.map(({ seen }) => seen.request)).size < requests)
    return { verdict: 'fail', reason: 'a client waited in vain' };
  const misnamed = judged.find(({ seen, verdict }) => verdict.isWhole && seen.model !== model);
  if (misnamed) return { verdict: 'fail', reason: 'an answer named another model' };
  if (struck === 0) return { verdict: 'fail', reason: 'void: nothing was under way when it struck' };
  if (missing.length > 0) return { verdict: 'safe', reason: reasons.join('; ') };
  const late = judged.filter(({ verdict }) => verdict.isWhole).flatMap((one) => lateness(one, limits));
  const retried = transcripts.filter(({ attempt }) => attempt > 0).length;
  const asked = allowsRetry || retried === 0 ? [] : [`${retried} clients had to ask again`];
  const [reason] = [...shortcomings, ...late, ...asked];
  return reason === undefined ? { verdict: 'pass' } : { verdict: 'partial', reason };
}

/** Nobody has computed anything. */
const refusedWithinMs = 3_000;
const refusal = /^status 400\b/;

/** Of requests that nobody can answer: each is refused for what it asks, by a status and not in a stream, and soon, for nobody tries it again. */
export function judgeRefusals(seen: readonly Transcript[]): Told {
  const other = seen.find(({ end }) => end !== 'error');
  if (other || seen.length === 0)
    return { verdict: 'fail', reason: `it was not refused: ${other?.end ?? 'nobody asked'}` };
  const blamed = seen.find(({ errorCode }) => !refusal.test(errorCode ?? ''));
  if (blamed) return { verdict: 'safe', reason: `it was refused with ${blamed.errorCode}` };
  const late = seen.find(({ startedMs, endedMs }) => endedMs - startedMs > refusedWithinMs);
  if (late === undefined) return { verdict: 'pass' };
  const tookMs = Math.round(late.endedMs - late.startedMs);
  return { verdict: 'fail', reason: `it was refused after ${tookMs} ms only: it was tried again` };
}

/** Nobody told its client that something is wrong with it. */
function isWrong({ isTruncated, lostTokens, repeatedTokens, reason }: AnswerVerdict): boolean {
  return isTruncated || lostTokens > 0 || repeatedTokens > 0 || reason?.startsWith('other') === true;
}

function wrongWords({ isTruncated, lostTokens, repeatedTokens }: AnswerVerdict): string {
  if (isTruncated) return 'an answer was short and looked whole';
  return `${lostTokens} tokens were lost, ${repeatedTokens} came twice or were of another answer`;
}

function lateness(
  { seen, verdict }: { readonly seen: Transcript; readonly verdict: AnswerVerdict },
  { stallMs = Infinity, firstTokenMs = Infinity, totalMs = Infinity }: ScenarioLimits,
): readonly string[] {
  const took = seen.endedMs - seen.startedMs;
  return [
    ...(verdict.worstStallMs > stallMs
      ? [`a stream was silent for ${Math.round(verdict.worstStallMs)} ms`]
      : []),
    ...((verdict.firstTokenMs ?? 0) > firstTokenMs
      ? [`a first token took ${Math.round(verdict.firstTokenMs ?? 0)} ms`]
      : []),
    ...(took > totalMs ? [`an answer took ${Math.round(took)} ms`] : []),
  ];
}
