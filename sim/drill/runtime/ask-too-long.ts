/** S12 of the Failover Bench: a prompt that is longer than any context is refused at once, and by each gateway alike. */
import { answerTokensMin } from '../draw-requests.ts';
import type { ScenarioVerdict } from '../failover-bench/verdict.ts';
import { type AskOptions, type Door, streamAnswer } from './stream-answer.ts';

/** Every character is a token at most, so each of these is one or more. */
const words = 60_000;
/** Nobody has computed anything. */
const refusedWithinMs = 3_000;
const refusal = /^status 400\b/;

export async function askTooLong(
  options: Omit<AskOptions, 'door' | 'patienceMs'> & { readonly doors: readonly Door[] },
): Promise<ScenarioVerdict> {
  const request = { prompt: 'too long '.repeat(words), maxTokens: answerTokensMin };
  for (const door of options.doors) {
    const seen = await streamAnswer(request, { ...options, door, patienceMs: 30_000 });
    const tookMs = seen.endedMs - seen.startedMs;
    if (seen.end !== 'error') return { id: 'S12', verdict: 'fail', reason: `it ended so: ${seen.end}` };
    if (!refusal.test(seen.errorCode ?? ''))
      return { id: 'S12', verdict: 'safe', reason: `it was refused with ${seen.errorCode}` };
    if (tookMs > refusedWithinMs)
      return { id: 'S12', verdict: 'partial', reason: `it was refused after ${Math.round(tookMs)} ms` };
  }
  return { id: 'S12', verdict: 'pass' };
}
