/** What a sequence computes does not depend on what runs beside it, nor on the kind of runner: bit for bit. */

import { describe, expect, it } from 'vitest';
import type { Runner } from '../../src/worker/runner.ts';
import { middlingModel } from '../unit/worker/middling-model.ts';
import { kv2Keys, kv2Tensors, modelBytes } from '../unit/worker/model-variants.ts';
import {
  kinds,
  openTinyRunner,
  type TinyOptions,
  tinyRunnerOfBlock,
} from '../unit/worker/open-tiny-runner.ts';
import {
  allRows,
  append,
  differingBits,
  fixtureFile,
  named,
  references,
  rowsOf,
} from '../unit/worker/references.ts';

const { ids: s70 } = named(references.sequences, 's70');

/** Stream `index`: a prompt of its own length, and an answer of six tokens. */
function streamOf(index: number): { readonly prompt: readonly number[]; readonly answer: readonly number[] } {
  const ids = index % 2 === 0 ? s70 : s70.toReversed();
  const prompt = ids.slice(index, index + 3 + 7 * index);
  return {
    prompt,
    answer: ids
      .slice(index + prompt.length)
      .concat(ids)
      .slice(0, 10),
  };
}

/** The rows of the answers of the first `count` streams, decoded together. */
async function decodedTogether(runner: Runner, indices: readonly number[]): Promise<Float32Array[][]> {
  const streams = indices.map((index) => ({ ...streamOf(index), sequence: runner.openSequence() }));
  for (const { sequence, prompt } of streams) await append({ runner, sequence }, prompt);
  const rows: Float32Array[][] = indices.map(() => []);
  for (let step = 0; step < 6; step++) {
    const tokens = streams.map(({ sequence, answer }) => ({ sequence, id: answer[step] ?? 0 }));
    for (const [index, row] of rowsOf(await runner.decode(tokens)).entries()) rows[index]?.push(row);
  }
  for (const { sequence } of streams) sequence[Symbol.dispose]();
  return rows;
}

const all = [0, 1, 2, 3, 4, 5, 6, 7];
const models: readonly {
  readonly what: string;
  readonly model: () => string | Buffer;
  readonly options: TinyOptions;
}[] = [
  { what: 'floats', model: () => fixtureFile('model.gguf'), options: {} },
  { what: '8 bits of mixed types', model: () => fixtureFile('model-mixed.gguf'), options: {} },
  {
    what: '8 bits and a 4-bit head',
    model: () => fixtureFile('model-mixed.gguf'),
    options: { head: '4-bit', shortlistTokens: 9 },
  },
  {
    // Blocks of 128 give other bits for odd than for even numbers of rows.
    what: '8 bits and a head in blocks of 128',
    model: () => middlingModel({ hidden: 128, feedForward: 128, headDim: 16 }),
    options: { weights: '8-bit' },
  },
  { what: 'two kv heads', model: () => modelBytes(kv2Keys, kv2Tensors()), options: {} },
];

describe.each(models)('a model of $what', ({ model, options }) => {
  it('computes the same bits for 1 to 8 streams, in any order, on both kinds of runner', async () => {
    const shape = { ...options, sequencesMax: 8, chunkTokens: 16, contextTokensMax: 100 };
    const [native, portable] = [
      await openTinyRunner(model(), { ...shape, kind: 'native' }),
      await openTinyRunner(model(), { ...shape, kind: 'portable' }),
    ];
    const alone: Float32Array[][] = [];
    for (const index of all) alone.push((await decodedTogether(native, [index])).flat());
    expect(differingBits(alone[0] ?? [], alone[1] ?? [])).toBeDefined();
    for (let count = 2; count <= 8; count++) {
      const indices = count % 2 === 0 ? all.slice(0, count) : all.slice(-count).toReversed();
      const expected = indices.flatMap((index) => alone[index] ?? []);
      expect(differingBits((await decodedTogether(native, indices)).flat(), expected)).toBeUndefined();
      if (count !== 5 && count !== 8) continue;
      expect(differingBits((await decodedTogether(portable, indices)).flat(), expected)).toBeUndefined();
    }
    expect(differingBits((await decodedTogether(portable, [6])).flat(), alone[6] ?? [])).toBeUndefined();
    expect(differingBits(await allRows(portable, s70), await allRows(native, s70))).toBeUndefined();
  });
});

describe.each(kinds)('one call of the %s runner', (kind) => {
  const runner = tinyRunnerOfBlock(fixtureFile('model-mixed.gguf'), {
    kind,
    sequencesMax: 4,
    chunkTokens: 16,
  });

  it('gives a position’s logits the same bits whether `last` or `all` are asked for, or it stands first', async () => {
    for (const length of [1, 2, 15, 16]) {
      using one = runner().openSequence();
      using other = runner().openSequence();
      const rows = rowsOf(await runner().prefill(one, s70.slice(0, length), { logits: 'all' }));
      const last = rowsOf(await runner().prefill(other, s70.slice(0, length), { logits: 'last' }));
      expect(differingBits(rows.slice(-1), last)).toBeUndefined();
    }
  });

  it('answers in the order of its tokens, wherever their sequences lie', async () => {
    const sequences = [0, 1, 2, 3].map(() => runner().openSequence());
    for (const [index, sequence] of sequences.entries()) {
      await append({ runner: runner(), sequence }, s70.slice(index, index + 5 + index));
    }
    const [first, second, third, fourth] = sequences;
    if (!first || !second || !third || !fourth) throw new Error('four were opened');
    // Each of these pairs stands elsewhere than the pair before it.
    const orders = [
      [third, first],
      [fourth, second],
      [first, fourth, third],
      [second, third],
      [fourth],
      [third, second, first, fourth],
    ];
    const apart: Float32Array[] = [];
    const together: Float32Array[] = [];
    using mirror = new DisposableStack();
    for (const order of orders) {
      together.push(...rowsOf(await runner().decode(order.map((sequence, i) => ({ sequence, id: 40 + i })))));
    }
    for (const sequence of sequences) sequence[Symbol.dispose]();
    const again = [0, 1, 2, 3].map(() => mirror.use(runner().openSequence()));
    for (const [index, sequence] of again.entries()) {
      await append({ runner: runner(), sequence }, s70.slice(index, index + 5 + index));
    }
    for (const order of orders) {
      for (const [i, moved] of order.entries()) {
        const sequence = again[sequences.indexOf(moved)];
        if (sequence !== undefined) apart.push(...rowsOf(await runner().decode([{ sequence, id: 40 + i }])));
      }
    }
    expect(differingBits(together, apart)).toBeUndefined();
  });

  it('gives the same bits on two threads as on one', async () => {
    const threaded = await openTinyRunner(fixtureFile('model-mixed.gguf'), {
      kind,
      threads: 2,
      spins: true,
      chunkTokens: 16,
    });
    expect(differingBits(await allRows(threaded, s70), await allRows(runner(), s70))).toBeUndefined();
  });
});
