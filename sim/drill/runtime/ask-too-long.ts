/** S12 of the Failover Bench behind our workers: a prompt that is longer than any context, at each gateway. */
import { answerTokensMin } from '../draw-requests.ts';
import { judgeRefusals, type ScenarioVerdict } from '../failover-bench/verdict.ts';
import type { Transcript } from '../transcript.ts';
import { type AskOptions, type Door, streamAnswer } from './stream-answer.ts';

/** Every character is a token at most, so each of these is one or more. */
const words = 60_000;
const patienceMs = 30_000;

export async function askTooLong(
  options: Omit<AskOptions, 'door' | 'patienceMs'> & { readonly doors: readonly Door[] },
): Promise<ScenarioVerdict> {
  const request = { prompt: 'too long '.repeat(words), maxTokens: answerTokensMin };
  const seen: Transcript[] = [];
  for (const [index, door] of options.doors.entries()) {
    const told = await streamAnswer(request, { ...options, door, patienceMs });
    seen.push({ ...told, request: index, attempt: 0 });
  }
  return { id: 'S12', ...judgeRefusals(seen) };
}
