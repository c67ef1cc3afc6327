/** The checker sees each defect that a system can plant, and nothing where there is none. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkAnswer } from '../../../../sim/drill/check-answer.ts';
import type { Transcript } from '../../../../sim/drill/transcript.ts';
import { referenceOf, transcriptOf } from './drilled.ts';

const answer = 'the quick brown fox';
const reference = referenceOf(answer);
const whole = { isWhole: true, isTruncated: false, lostTokens: 0, repeatedTokens: 0 };

test('an undisturbed answer is whole', () => {
  expect(checkAnswer(transcriptOf(answer), reference)).toStrictEqual({
    ...whole,
    worstStallMs: 10,
    firstTokenMs: 50,
  });
});

const broken: Partial<Transcript> = { end: 'broken' };

test.each<[string, Transcript, object]>([
  ['a lost token', transcriptOf('the quick bown fox'), { lostTokens: 1, isTruncated: true }],
  [
    'a lost token, with another one at the end for it',
    transcriptOf('the quick bown foxx'),
    { lostTokens: 1, repeatedTokens: 1, reason: 'other tokens' },
  ],
  ['a repeated token', transcriptOf('the quick broown fox'), { repeatedTokens: 1 }],
  ['several repeated tokens', transcriptOf('the quick quick brown fox'), { repeatedTokens: 6 }],
  ['an answer of another seed', transcriptOf('the quick brown cat'), { lostTokens: 3, repeatedTokens: 3 }],
  ['a truncated success', transcriptOf('the quick'), { lostTokens: 10, isTruncated: true }],
  [
    'an end without [DONE]',
    transcriptOf('the quick', { end: 'closed' }),
    { lostTokens: 10, isTruncated: true, reason: 'ended without [DONE]' },
  ],
  ['a whole answer without [DONE]', transcriptOf(answer, { end: 'closed' }), { isTruncated: true }],
  ['no token at all', transcriptOf('', { end: 'done' }), { lostTokens: 19, isTruncated: true }],
  ['a broken connection', transcriptOf('the quick', broken), { reason: 'the connection broke' }],
  ['a token lost before it broke', transcriptOf('the qick', broken), { lostTokens: 1 }],
  ['a token repeated before it broke', transcriptOf('the quuick', broken), { repeatedTokens: 1 }],
  [
    'an error event',
    transcriptOf('the', { end: 'error', errorCode: 'worker_lost' }),
    { reason: 'was told an error (worker_lost)' },
  ],
  ['a client that left', transcriptOf('the', { end: 'timeout' }), { reason: 'no token for too long' }],
  ['other text of the same tokens', transcriptOf(answer, { text: 'The' }), { reason: 'other text' }],
  [
    'another finish reason',
    transcriptOf(answer, { finishReason: 'stop' }),
    { reason: 'another finish reason' },
  ],
  [
    'another number of tokens',
    transcriptOf(answer, { completionTokens: 18 }),
    { reason: 'another number of tokens in its usage' },
  ],
])('sees %s', (_, seen, expected) => {
  expect(checkAnswer(seen, reference)).toMatchObject({ ...whole, isWhole: false, ...expected });
});

test('takes the longest silence, the wait for the end included and that for the first token not', () => {
  const seen = transcriptOf('abc', {
    tokens: [1_000, 1_010, 3_500].map((atMs, index) => ({ bytes: String(61 + index), atMs })),
  });
  const verdict = (endedMs: number) => checkAnswer({ ...seen, endedMs }, referenceOf('abc'));
  expect(verdict(3_510)).toMatchObject({ worstStallMs: 2_490, firstTokenMs: 950 });
  expect(verdict(9_000)).toMatchObject({ worstStallMs: 5_500 });
});

test('counts what was taken out of an answer of different tokens and what was put in', () => {
  const letters = fc.uniqueArray(fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz'), { minLength: 4 });
  fc.assert(
    fc.property(letters, fc.nat(), fc.nat(), (tokens, first, second) => {
      const at = first % tokens.length;
      const lost = tokens.toSpliced(at, 1).join('');
      const repeated = tokens.toSpliced(at, 0, tokens[at] ?? '').join('');
      const both = tokens
        .toSpliced(at, 1)
        .toSpliced(second % tokens.length, 0, '!')
        .join('');
      const expected = referenceOf(tokens.join(''));
      expect(checkAnswer(transcriptOf(lost), expected)).toMatchObject({ lostTokens: 1, repeatedTokens: 0 });
      expect(checkAnswer(transcriptOf(repeated), expected)).toMatchObject({
        lostTokens: 0,
        repeatedTokens: 1,
      });
      expect(checkAnswer(transcriptOf(both), expected)).toMatchObject({ lostTokens: 1, repeatedTokens: 1 });
    }),
  );
});
