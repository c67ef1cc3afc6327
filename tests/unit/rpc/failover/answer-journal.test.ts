import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TokenFrame } from '../../../../src/rpc/contract/generate.ts';
import { AnswerJournal } from '../../../../src/rpc/failover/answer-journal.ts';

test('an answer that has not begun begins at the beginning', () => {
  const journal = new AnswerJournal();
  expect([journal.hasBegun, journal.isResumable, journal.resume, journal.tokens]).toEqual([
    false,
    true,
    undefined,
    0,
  ]);
});

test('a frame whose tokens have no ids cannot be resumed, whatever comes later', () => {
  const journal = new AnswerJournal();
  journal.add({ seq: 0, ids: [1], text: 'a' });
  journal.add({ seq: 1, ids: [], tokens: 2, text: 'b' });
  journal.add({ seq: 2, ids: [3], text: 'c' });
  expect([journal.isResumable, journal.tokens, journal.resume, journal.told]).toEqual([
    false,
    4,
    undefined,
    undefined,
  ]);
});

test('of an answer without ids from its beginning it holds the text', () => {
  const journal = new AnswerJournal();
  journal.add({ seq: 0, ids: [], tokens: 2, text: 'a b' });
  journal.add({ seq: 1, ids: [3], text: ' c' });
  expect([journal.told, journal.resume]).toEqual([{ text: 'a b c', tokens: 3 }, undefined]);
});

test('says by itself what it was told: later frames change no resumption given before', () => {
  const journal = new AnswerJournal();
  journal.add({ seq: 0, ids: [1, 2], text: 'a' });
  const given = journal.resume;
  journal.add({ seq: 1, ids: [3], text: '' });
  expect([given, journal.resume]).toEqual([{ ids: [1, 2] }, { ids: [1, 2, 3] }]);
});

/** An answer cut at places, each attempt counting its frames from 0. */
const cutAnswer = fc.array(fc.array(fc.array(fc.nat(999), { maxLength: 3 }), { maxLength: 5 }), {
  maxLength: 6,
});

test('numbers frames over all attempts, and holds every id once and in order', () => {
  fc.assert(
    fc.property(cutAnswer, (attempts) => {
      const journal = new AnswerJournal();
      const seen: TokenFrame[] = [];
      for (const frames of attempts) {
        for (const [seq, ids] of frames.entries()) seen.push(journal.add({ seq, ids, text: ids.join() }));
        const idsSoFar = seen.flatMap(({ ids }) => ids);
        expect(journal.resume?.ids ?? []).toEqual(idsSoFar);
        expect(journal.tokens).toBe(idsSoFar.length);
      }
      expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_, index) => index));
    }),
    { numRuns: 100 },
  );
});
