/** Judges one transcript against the undisturbed answer. Pure, and knows nothing of the system that answered. */
import { alignTokens } from './align-tokens.ts';
import type { Reference, Transcript } from './transcript.ts';

export interface AnswerVerdict {
  /** Byte for byte the undisturbed answer, with its end and its count of tokens. */
  readonly isWhole: boolean;
  /** Its client takes it for whole, and it is short. */
  readonly isTruncated: boolean;
  readonly lostTokens: number;
  readonly repeatedTokens: number;
  /** Longest silence between the first token and the end. */
  readonly worstStallMs: number;
  /** From the request to the first token; absent where none came. */
  readonly firstTokenMs?: number;
  /** Why it is not whole, in words. */
  readonly reason?: string;
}

export function checkAnswer(seen: Transcript, expected: Reference): AnswerVerdict {
  // A client that is not told of an error takes what it has for the answer.
  const looksWhole = seen.end === 'done' || seen.end === 'closed';
  const difference = alignTokens(
    seen.tokens.map(({ bytes }) => bytes),
    { expected: expected.tokens, isWhole: looksWhole },
  );
  const reason = notWhole(seen, expected);
  const [first] = seen.tokens;
  return {
    isWhole: reason === undefined,
    isTruncated: looksWhole && (seen.tokens.length < expected.tokens.length || seen.end === 'closed'),
    lostTokens: difference.lost,
    repeatedTokens: difference.repeated,
    worstStallMs: worstStall(seen),
    ...(first && { firstTokenMs: first.atMs - seen.startedMs }),
    ...(reason !== undefined && { reason }),
  };
}

function notWhole(seen: Transcript, expected: Reference): string | undefined {
  if (seen.end !== 'done')
    return `${endWords[seen.end]}${seen.errorCode === undefined ? '' : ` (${seen.errorCode})`}`;
  if (seen.tokens.length !== expected.tokens.length)
    return `${seen.tokens.length} tokens instead of ${expected.tokens.length}`;
  if (seen.tokens.some(({ bytes }, index) => bytes !== expected.tokens[index])) return 'other tokens';
  if (seen.text !== expected.text) return 'other text';
  if (seen.finishReason !== expected.finishReason) return 'another finish reason';
  if (seen.completionTokens !== expected.tokens.length) return 'another number of tokens in its usage';
  return undefined;
}

const endWords: Readonly<Record<Exclude<Transcript['end'], 'done'>, string>> = {
  closed: 'ended without [DONE]',
  error: 'was told an error',
  broken: 'the connection broke',
  timeout: 'no token for too long',
};

function worstStall({ tokens, endedMs }: Transcript): number {
  const times = tokens.map(({ atMs }) => atMs);
  // What it waits for after its last token counts as well: the end is part of the answer.
  return Math.max(0, ...times.map((atMs, index) => (times[index + 1] ?? endedMs) - atMs));
}
