/** Rows of the inference bench: medians of each side, ratios of each round. */

import { expect, test } from 'vitest';
import { compareRounds, describeRow } from '../../../../bench/inference/compare-rounds.ts';
import { Figures } from '../../../../bench/inference/figures.ts';
import { rowsOf } from '../../../../bench/inference/rows.ts';
import { parseVariants } from '../../../../bench/inference/variants.ts';

const base = { name: 'decode 1 stream', unit: 'tokens/s', runner: 'native', variant: '8-bit' };

test('takes ratios round by round, and not of the medians', () => {
  const row = compareRounds({ ...base, ours: [10, 90, 50], peer: { name: 'other', values: [5, 90, 10] } });
  expect(row).toEqual({
    ...base,
    peerName: 'other',
    ours: 50,
    peer: 10,
    ratio: { min: 1, median: 2, max: 5 },
  });
  expect(describeRow(row)).toMatch(
    /decode 1 stream +native 8-bit +50\.00 tokens\/s +10\.00 other +ratio 1\.00 \/ 2\.00 \/ 5\.00$/,
  );
});

test('has no ratio where there is no peer', () => {
  expect(compareRounds({ ...base, ours: [3, 1, 2] })).toEqual({
    ...base,
    peerName: null,
    ours: 2,
    peer: null,
    ratio: null,
  });
});

test.each([
  [[1, 2], [1]],
  [[], []],
])('refuses rounds that do not stand against each other: %j and %j', (ours, values) => {
  expect(() => compareRounds({ ...base, ours, peer: { name: 'other', values } })).toThrow(TypeError);
});

test('holds each measurement against every peer that has it, the cached prefix against our cold run, and one stream against the memory', () => {
  const [variant] = parseVariants(['native 8-bit']);
  if (variant === undefined) throw new Error('there is no variant');
  const figures = new Figures();
  const add = (id: string, values: Readonly<Record<string, number>>) => {
    for (const [name, value] of Object.entries(values)) figures.add(id, name, value);
  };
  add('ours', { 'decode 1 stream': 50, 'first token cold': 1000, 'first token cached prefix': 100 });
  add('one', { 'decode 1 stream': 25, 'first token cold': 2000, 'first token cached prefix': 1900 });
  add('two', { 'decode 1 stream': 40 });
  add('machine', { 'memory bandwidth': 20 });
  const rows = rowsOf(
    {
      ours: [{ id: 'ours', variant, bytesPerToken: 200_000_000 }],
      peers: [{ id: 'one' }, { id: 'two' }],
      measurements: [
        { name: 'decode 1 stream', unit: 'tokens/s' },
        { name: 'first token cold', unit: 'ms' },
        { name: 'first token cached prefix', unit: 'ms', against: 'first token cold' },
      ],
    },
    figures,
  );
  const told = rows.map(({ name, peerName, ours, peer, ratio }) => [
    name,
    peerName,
    ours,
    peer,
    ratio?.median,
  ]);
  expect(told).toEqual([
    ['decode 1 stream', 'one', 50, 25, 2],
    ['decode 1 stream', 'two', 50, 40, 1.25],
    ['memory bandwidth limit', 'memory bandwidth', 50, 100, 0.5],
    ['first token cold', 'one', 1000, 2000, 0.5],
    ['first token cached prefix', 'our own cold run', 100, 1000, 0.1],
    ['memory bandwidth', null, 20, null, undefined],
  ]);
});

test.each(['native', 'native 9-bit', 'wasm 8-bit', 'native constructor'])('names no variant "%s"', (word) => {
  expect(() => parseVariants([word])).toThrow(/is no variant: say native or portable/);
});
