/** Which form a matrix gets, by scheme and type. */

import { expect, test } from 'vitest';
import { ggmlTypeNamed } from '../../../../src/worker/gguf/ggml-types.ts';
import { calibrationDigest } from '../../../../src/worker/graph/calibration-text.ts';
import { graphVariant } from '../../../../src/worker/graph/graph-variant.ts';
import {
  fittingTarget,
  isSameTarget,
  type WeightScheme,
  type WeightTarget,
  weightSchemes,
  weightTarget,
} from '../../../../src/worker/graph/weight-scheme.ts';

const short = (target: WeightTarget) =>
  target.kind === 'float32' ? 'float' : `${target.bits}/${target.block}`;

function targetsOf(scheme: WeightScheme): Record<string, string> {
  const names = ['F32', 'BF16', 'Q8_0', 'Q5_0', 'Q4_0', 'Q6_K', 'Q4_K', 'Q5_1'];
  return Object.fromEntries(
    names.map((name) => {
      const type = ggmlTypeNamed(name);
      return [name, type === undefined ? 'unknown' : short(weightTarget(type, scheme, { block: 64 }))];
    }),
  );
}

test.each<[WeightScheme, string[]]>([
  ['auto', ['float', 'float', '8/64', '8/64', '4/32', '8/64', '8/64', '8/64']],
  ['lossless', ['float', 'float', '8/16', '8/16', '4/32', '8/16', '8/16', '8/16']],
  ['8-bit', ['8/64', '8/64', '8/64', '8/64', '8/64', '8/64', '8/64', '8/64']],
  ['4-bit', ['4/32', '4/32', '4/32', '4/32', '4/32', '4/32', '4/32', '4/32']],
  ['float', ['float', 'float', 'float', 'float', 'float', 'float', 'float', 'float']],
])('the scheme %s decides by type', (scheme, expected) => {
  expect(Object.values(targetsOf(scheme))).toEqual(expected);
});

test('a block is as large as a row allows, and none fits a row of 40', () => {
  const wanted: WeightTarget = { kind: 'blocks', bits: 8, block: 128 };
  expect([640, 2048, 1152, 96, 48, 40].map((columns) => short(fittingTarget(wanted, columns)))).toEqual([
    '8/128',
    '8/128',
    '8/128',
    '8/32',
    '8/16',
    'float',
  ]);
  expect(short(fittingTarget({ kind: 'blocks', bits: 4, block: 32 }, 640))).toBe('4/32');
  expect(short(fittingTarget({ kind: 'float32' }, 640))).toBe('float');
});

test('targets are the same when bits and block are', () => {
  const blocks = (bits: 8 | 4, block: 32 | 64): WeightTarget => ({ kind: 'blocks', bits, block });
  expect(isSameTarget(blocks(8, 32), blocks(8, 32))).toBe(true);
  expect(isSameTarget(blocks(8, 32), blocks(8, 64))).toBe(false);
  expect(isSameTarget(blocks(8, 32), blocks(4, 32))).toBe(false);
  expect(isSameTarget(blocks(8, 32), { kind: 'float32' })).toBe(false);
  expect(isSameTarget({ kind: 'float32' }, { kind: 'float32' })).toBe(true);
});

test('every way of building has a word of its own, of small letters and digits', () => {
  const options = weightSchemes.flatMap((weights) =>
    (['as-weights', '4-bit'] as const).map((head) => ({ weights, head })),
  );
  const words = [...options, { weights: 'auto', block: 128 } as const].map(graphVariant);
  expect(new Set(words).size).toBe(words.length);
  expect(words.every((word) => /^[a-z0-9]+$/.test(word))).toBe(true);
  expect(graphVariant({})).toBe(graphVariant({ weights: 'auto', head: 'as-weights' }));
});

test('the word of a way that may measure activations names the text that is read for it', () => {
  const named = weightSchemes.filter((weights) => graphVariant({ weights }).includes(calibrationDigest()));
  expect(named).toEqual(['auto', '8-bit']);
});
