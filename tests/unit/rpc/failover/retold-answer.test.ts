import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TokenFrame } from '../../../../src/rpc/contract/generate.ts';
import { RetoldAnswer } from '../../../../src/rpc/failover/retold-answer.ts';

const frame = (text: string, tokens = 1): TokenFrame => ({ seq: 0, ids: [], text, tokens });

function tell(told: { text: string; tokens: number }, frames: readonly TokenFrame[]) {
  const retold = new RetoldAnswer(told);
  const taken = frames.map((one) => retold.take(one));
  return { taken, isBack: retold.isBack };
}

test('what the caller has is held back, and what follows is passed on as it is', () => {
  const rest = frame(' fox', 2);
  expect(tell({ text: 'the quick', tokens: 2 }, [frame('the'), frame(' quick'), rest])).toEqual({
    taken: [{ kind: 'known' }, { kind: 'known' }, { kind: 'new', frame: rest }],
    isBack: true,
  });
});

test('a frame that reaches beyond it is passed on from there, with the tokens that are new', () => {
  const { taken } = tell({ text: 'the quick', tokens: 2 }, [frame('the quick brown fox', 4)]);
  expect(taken).toEqual([{ kind: 'new', frame: frame(' brown fox', 2) }]);
});

test.each([
  ['another letter', [frame('the'), frame(' quack')]],
  ['another beginning', [frame('a quick')]],
])('%s is another answer', (_, frames) => {
  expect(tell({ text: 'the quick', tokens: 2 }, frames).taken.at(-1)).toEqual({ kind: 'differs' });
});

test('an answer that ends before it has all come again is not back', () => {
  expect(tell({ text: 'the quick', tokens: 2 }, [frame('the')]).isBack).toBe(false);
});

/** An answer, and two ways to cut it into frames. */
const cuts = fc.tuple(
  fc.string({ minLength: 1, maxLength: 40 }),
  fc.array(fc.nat(6), { minLength: 1, maxLength: 12 }),
  fc.nat(40),
);

test('however both cut it, the caller gets every letter once', () => {
  fc.assert(
    fc.property(cuts, ([text, lengths, at]) => {
      const told = text.slice(0, at);
      const frames: TokenFrame[] = [];
      for (let from = 0, index = 0; from < text.length; index += 1) {
        const length = (lengths[index % lengths.length] ?? 0) + 1;
        frames.push(frame(text.slice(from, from + length)));
        from += length;
      }
      const { taken, isBack } = tell({ text: told, tokens: 3 }, frames);
      const passed = taken.map((one) => (one.kind === 'new' ? one.frame.text : '')).join('');
      expect([told + passed, isBack]).toEqual([text, true]);
    }),
    { numRuns: 200 },
  );
});
