/**
 * When an attempt that brings nothing is given up, though its route lives: the call or a frame may be lost, and nobody
 * will ever say so. Each attempt that ended in silence doubles the patience, so that what is merely slow gets its time. Pure.
 */

export interface SilenceFacts {
  /** Since the attempt began, or its last frame. */
  readonly silentMs: number;
  readonly hasFrames: boolean;
  /** UTF-16 units of the prompt, and of what is resumed about four for each token. */
  readonly promptCharacters: number;
  /** From the request's start to its deadline. */
  readonly budgetMs: number;
  /** Attempts of this request that ended in silence. */
  readonly silences: number;
  /** The worker reports fewer requests than it was sent, twice in a row, and this one is among those that brought least. */
  readonly isUnaccounted: boolean;
  /** The worker reports that something waits for a slot: it may be this one. */
  readonly isQueueing: boolean;
}

const unaccountedMs = 1500;
const firstTokenShare = 0.1;
const firstTokenMsMin = 4000;
const firstTokenMsMax = 12_000;
/** A prompt is computed at 250 tokens a second at least, on the smallest machine. */
const msPerPromptCharacter = 1;
const nextTokenMs = 6000;

export function isStalled(facts: SilenceFacts): boolean {
  if (facts.isUnaccounted && facts.silentMs >= unaccountedMs) return true;
  return facts.silentMs >= patienceMs(facts);
}

function patienceMs({ hasFrames, promptCharacters, budgetMs, silences, isQueueing }: SilenceFacts): number {
  const growth = 2 ** Math.min(silences, 6);
  if (hasFrames) return nextTokenMs * growth;
  const firstTokenMs = Math.min(Math.max(budgetMs * firstTokenShare, firstTokenMsMin), firstTokenMsMax);
  const queueing = isQueueing ? 2 : 1;
  return (firstTokenMs * queueing + promptCharacters * msPerPromptCharacter) * growth;
}
