import { expect, test } from 'vitest';
import { createLogprobReader } from '../../../../src/worker/sampling/logprobs.ts';
import { tokenBytes } from '../../../../src/worker/sampling/token-bytes.ts';
import { tokenTypes } from '../../../../src/worker/vocabulary.ts';
import { vocabularyOf } from '../text/vocabularies.ts';

const vocabulary = vocabularyOf(['▁Paris', 'é', '▁▁']);
const size = vocabulary.tokens.length;

test('gives the log softmax of the row as it was read, for the chosen token and the likeliest', () => {
  const reader = createLogprobReader(vocabulary, 2);
  const row = new Float32Array(size).fill(Number.NEGATIVE_INFINITY);
  row.set([Math.log(0.5), Math.log(0.2), Math.log(0.3)], 258);
  reader.read(row);
  row.fill(0);
  const told = reader.describe(259);
  expect(told).toMatchObject({ text: 'é', bytes: [0xc3, 0xa9] });
  expect(told.logprob).toBeCloseTo(Math.log(0.2), 6);
  expect(told.top.map(({ text }) => text)).toEqual([' Paris', '  ']);
  expect(told.top.map(({ logprob }) => Math.exp(logprob))).toEqual([
    expect.closeTo(0.5, 6),
    expect.closeTo(0.3, 6),
  ]);
});

test('gives probabilities that add up to 1', () => {
  const reader = createLogprobReader(vocabulary, size);
  reader.read(Float32Array.from({ length: size }, (_, id) => Math.sin(id) * 9 + 300));
  const { top } = reader.describe(0);
  expect(top).toHaveLength(size);
  expect(top.reduce((sum, { logprob }) => sum + Math.exp(logprob), 0)).toBeCloseTo(1, 10);
});

test('tells no alternatives where none are asked for', () => {
  const reader = createLogprobReader(vocabulary, 0);
  reader.read(new Float32Array(size));
  expect(reader.describe(1).top).toEqual([]);
});

test.each([
  ['a byte', 0xe2, [0xe2], '\ufffd'],
  ['an ASCII byte', 0x41, [0x41], 'A'],
  ['a control token', 256, [], ''],
  ['a piece with a space', 258, [...Buffer.from(' Paris')], ' Paris'],
  ['a run of spaces', 260, [0x20, 0x20], '  '],
])('knows the bytes and the text of %s', (_, id, bytes, text) => {
  expect([...tokenBytes(vocabulary, id)]).toEqual(bytes);
  const reader = createLogprobReader(vocabulary, 0);
  reader.read(new Float32Array(size));
  expect(reader.describe(id)).toMatchObject({ bytes, text });
});

test('reads a byte token as a byte only where the vocabulary types it so', () => {
  const types = vocabulary.types.slice();
  types[0x41] = tokenTypes.normal;
  expect([...tokenBytes({ ...vocabulary, types }, 0x41)]).toEqual([...Buffer.from('<0x41>')]);
  expect(() => tokenBytes(vocabulary, size)).toThrow(RangeError);
});
