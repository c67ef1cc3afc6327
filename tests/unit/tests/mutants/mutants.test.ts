/** The table of planted defects: enough of each part, each in its place, and each with a test that says what is right. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { fileOf, type Mutant, planted } from '../../../mutants/mutant.ts';
import { MUTANTS } from '../../../mutants/mutants.ts';
import { misplaced } from '../../../mutants/run-mutants-runtime.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const FOLDERS = {
  reader: /^sim\/(terraform|vpc)\//,
  prover: /^sim\/prove\//,
  compiler: /^sim\/compile\//,
} as const;

test('every defect has one place in the tree as it is, in the part that it says', () => {
  expect(misplaced(MUTANTS, root)).toStrictEqual([]);
  expect(MUTANTS.filter(({ part, file }) => !FOLDERS[part].test(file))).toStrictEqual([]);
  expect(MUTANTS.filter(({ find, replace }) => find === replace)).toStrictEqual([]);
});

test('there are at least twelve of each part, under names of their own, eight of the compiler by packets', () => {
  const ids = MUTANTS.map(({ id }) => id);
  expect(ids.filter((id) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id))).toStrictEqual([]);
  expect(new Set(ids).size).toBe(ids.length);
  expect(new Set(MUTANTS.map(({ file, find, replace }) => `${file} ${find} ${replace}`)).size).toBe(
    ids.length,
  );
  const count = (counted: (mutant: Mutant) => boolean) => MUTANTS.filter(counted).length;
  for (const part of ['reader', 'prover', 'compiler'] as const) {
    expect(count((mutant) => mutant.part === part)).toBeGreaterThanOrEqual(12);
  }
  const isByPackets = ({ part, caughtBy }: Mutant) =>
    part === 'compiler' && 'witness' in caughtBy && caughtBy.on === 'packets';
  expect(count(isByPackets)).toBeGreaterThanOrEqual(8);
});

test('none is left to a snapshot', () => {
  const files = [...new Set(MUTANTS.map(fileOf))];
  const texts = files.map((file) => [file, readFileSync(new URL(file, `file://${root}`), 'utf8')] as const);
  expect(texts.filter(([, text]) => text.includes('Snapshot(')).map(([file]) => file)).toStrictEqual([]);
});

const mutant: Mutant = {
  id: 'sum-of-nothing',
  part: 'prover',
  breaks: 'A sum counts both.',
  file: 'sum.ts',
  find: 'one + other',
  replace: 'one',
  caughtBy: { file: 'sum.test.ts', test: 'counts both' },
};

test('a defect is planted in its place, and refused where that is gone or not a single one', () => {
  expect(planted(mutant, 'return one + other;')).toBe('return one;');
  expect(() => planted(mutant, 'return other + one;')).toThrow(
    'mutant sum-of-nothing no longer applies: its place in sum.ts is not there; anchor it anew',
  );
  expect(() => planted(mutant, 'one + other; one + other')).toThrow('is there 2 times');
});
