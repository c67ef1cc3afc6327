/**
 * Real weights at the block sizes that ship, and floats of a middling size: what a stream computes is, bit for bit, the same beside up to
 * seven others, of whatever lengths, on both sides of the window's border, from a cached prefix, and on both kinds of runner.
 */

import { describe, expect, test } from 'vitest';
import { missing } from '../require.ts';
import { middlingModel } from '../unit/worker/middling-model.ts';
import { openBuilt, type TinyOptions } from '../unit/worker/open-tiny-runner.ts';
import { differingBits } from '../unit/worker/references.ts';
import { answersTogether, prepareStreams } from '../unit/worker/runtime/prepared-streams.ts';
import { needRealModel } from '../unit/worker/text/vocabularies.ts';

const lengths = [700, 5, 128, 37, 511, 530, 200, 513];
const all = [0, 1, 2, 3, 4, 5, 6, 7];
const shape = { sequencesMax: 8, contextTokensMax: 1024 } as const;

async function expectSameBits(model: string | Uint8Array, options: TinyOptions): Promise<void> {
  await using native = await openBuilt(model, { ...shape, ...options, kind: 'native' });
  await using portable = await openBuilt(model, { ...shape, ...options, kind: 'portable' });
  const streams = await prepareStreams(native, lengths);
  const alone: Float32Array[][] = [];
  for (const index of all) alone.push((await answersTogether(native, streams, [index])).flat());
  for (let count = 2; count <= 8; count++) {
    const indices = count % 2 === 0 ? all.slice(0, count) : all.slice(-count).toReversed();
    const expected = indices.flatMap((index) => alone[index] ?? []);
    const together = (await answersTogether(native, streams, indices)).flat();
    expect(differingBits(together, expected), `${count} streams`).toBeUndefined();
  }
  const elsewhere = await prepareStreams(portable, lengths);
  for (const indices of [[0], [4, 1, 5], all]) {
    const expected = indices.flatMap((index) => alone[index] ?? []);
    const answers = (await answersTogether(portable, elsewhere, indices)).flat();
    expect(differingBits(answers, expected), `${indices.length} portable streams`).toBeUndefined();
  }
}

describe('the real weights', () => {
  test.for<{ what: string; options: TinyOptions }>([
    { what: 'as they ship', options: {} },
    { what: 'with a 4-bit head and a shortlist', options: { head: '4-bit', shortlistTokens: 64 } },
    { what: 'all in blocks of 64', options: { weights: '8-bit', block: 64 } },
    { what: 'without loss', options: { weights: 'lossless' } },
  ])('$what give the same bits for 1 to 8 streams', async ({ options }, context) => {
    const { file } = needRealModel((note) => missing(context, note));
    await expectSameBits(file, options);
  });
});

test('a float model gives the same bits for 1 to 8 streams', async () => {
  await expectSameBits(middlingModel(), {});
});
