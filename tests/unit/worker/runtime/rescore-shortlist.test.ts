/** Which logits are computed anew, against a plain sort; and that with them a coarse output matrix answers as an exact one. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRescore } from '../../../../src/worker/runtime/rescore-shortlist.ts';
import { kinds, openTinyRunner } from '../open-tiny-runner.ts';
import {
  allRows,
  argmax,
  differingBits,
  fixtureFile,
  largestDifference,
  named,
  references,
} from '../references.ts';

/** An output matrix [vocabSize, 1] under a hidden state of 1: token `id` is scored anew as 1000 + id. */
function rescored(rows: readonly (readonly number[])[], tokens: number): number[][] {
  const vocabSize = rows[0]?.length ?? 0;
  const rescore = createRescore({
    vocabSize,
    hidden: 1,
    matrix: {
      read: (ids) => Float32Array.from(ids, (id) => 1000 + id),
      [Symbol.dispose]: () => undefined,
    },
    tokens,
  });
  const logits = Float32Array.from(rows.flat());
  rescore({ logits, hidden: new Float32Array(rows.length).fill(1) });
  return rows.map((_, row) => [...logits.subarray(row * vocabSize, (row + 1) * vocabSize)]);
}

const chosen = (scores: readonly number[]) =>
  scores.flatMap((score, id) => (score === 1000 + id ? [id] : []));

describe('createRescore', () => {
  it('scores the likeliest tokens of each row anew, and leaves the others', () => {
    const value = fc.oneof(
      { weight: 5, arbitrary: fc.integer({ min: -9, max: 9 }) },
      fc.constantFrom(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NaN),
    );
    const shape = fc
      .record({ size: fc.integer({ min: 1, max: 40 }), tokens: fc.integer({ min: 1, max: 45 }) })
      .chain(({ size, tokens }) =>
        fc.record({
          tokens: fc.constant(tokens),
          rows: fc.array(fc.array(value, { minLength: size, maxLength: size }), {
            minLength: 1,
            maxLength: 3,
          }),
        }),
      );
    const property = fc.property(shape, ({ rows, tokens }) => {
      for (const [index, after] of rescored(rows, tokens).entries()) {
        const before = rows[index] ?? [];
        const rank = (score: number) => (Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score);
        const sorted = before.map(rank).toSorted((a, b) => b - a);
        const ids = chosen(after);
        // Of equal values any may be chosen: the values decide.
        const values = ids.map((id) => rank(before[id] ?? 0)).toSorted((a, b) => b - a);
        expect(values).toEqual(sorted.slice(0, tokens));
        const others = before.filter((_, id) => !ids.includes(id));
        expect(after.filter((_, id) => !ids.includes(id))).toEqual(others);
      }
    });
    fc.assert(property, { numRuns: 150 });
  });

  it('scores all of a vocabulary that is smaller than the list', () => {
    expect(rescored([[3, 1, 2]], 64)).toEqual([[1000, 1001, 1002]]);
  });

  it('takes each row’s own state, and the dot product with the matrix’s own rows', () => {
    const matrix = [1, 2, 3, 4, 5, 6];
    const rescore = createRescore({
      vocabSize: 3,
      hidden: 2,
      matrix: {
        read: (ids) => Float32Array.from(Array.from(ids, (id) => matrix.slice(2 * id, 2 * id + 2)).flat()),
        [Symbol.dispose]: () => undefined,
      },
      tokens: 1,
    });
    const logits = Float32Array.of(0, 9, 1, 7, 0, 1);
    rescore({ logits, hidden: Float32Array.of(1, 10, 2, -1) });
    expect([...logits]).toEqual([0, 3 + 40, 1, 2 - 2, 0, 1]);
  });
});

describe.each(kinds)('a shortlist on the %s runner', (kind) => {
  it('makes the 4-bit head’s likeliest tokens those of the file itself', async () => {
    const { ids } = named(references.sequences, 's40');
    const model = fixtureFile('model-mixed.gguf');
    const shape = { kind, chunkTokens: 40 } as const;
    // The bodies are the same, so the hidden states are; and scored anew altogether, so are the logits.
    const exact = await allRows(
      await openTinyRunner(model, { ...shape, kind: 'native', shortlistTokens: 512 }),
      ids,
    );
    const plain = await allRows(
      await openTinyRunner(model, { ...shape, kind: 'native', head: '4-bit' }),
      ids,
    );
    const coarse = await openTinyRunner(model, { ...shape, head: '4-bit', shortlistTokens: 16 });
    const listed = await allRows(coarse, ids);
    expect(differingBits(exact, plain)).toBeDefined();
    const rounded = await allRows(await openTinyRunner(model, { ...shape, kind: 'native' }), ids);
    const fromRounded = exact.map((row, at) => largestDifference(row, rounded[at] ?? new Float32Array(0)));
    // The graph's own output matrix of 8 bits rounds states and weights.
    expect(Math.max(...fromRounded)).toBeLessThan(0.1);
    expect(Math.max(...fromRounded)).toBeGreaterThan(0);
    for (const [position, row] of listed.entries()) {
      const [all, graph] = [exact[position] ?? [], plain[position] ?? []];
      const best = [...graph.keys()].toSorted((a, b) => (graph[b] ?? 0) - (graph[a] ?? 0)).slice(0, 16);
      const expected = Array.from(graph, (score, id) => (best.includes(id) ? all[id] : score));
      expect([...row]).toEqual(expected);
    }
    expect(listed.map(argmax)).toEqual(exact.map(argmax));
    const one = await allRows(coarse, ids.slice(0, 10), { decodeFrom: 6 });
    expect(one).toHaveLength(10);
    expect(
      differingBits(one.slice(0, 6), (await allRows(coarse, ids.slice(0, 6))).slice(0, 6)),
    ).toBeUndefined();
  });
});
