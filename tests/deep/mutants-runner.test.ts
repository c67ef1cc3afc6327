/** The runner of mutants on a tree of one file: it tells what is seen from what is not, and never takes a broken run for either. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Mutant } from '../mutants/mutant.ts';
import { runMutants } from '../mutants/run-mutants-runtime.ts';

const SUM = `export function sum(numbers: readonly number[]): number {
  let all = 0;
  for (const number of numbers) all += number;
  return all;
}
`;
const TEST = `import { expect, test } from 'vitest';
import { sum } from './sum.ts';
test('a sum counts every number', () => expect(sum([1, 2])).toBe(3));
`;

function smallTree(texts: Readonly<Record<string, string>>) {
  const path = mkdtempSync(join(tmpdir(), 'drydock-small-tree-'));
  const at = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
  mkdirSync(join(path, 'tests/mutants'), { recursive: true });
  for (const name of ['tests/mutants/run-tests.ts', 'package.json']) cpSync(at(name), join(path, name));
  symlinkSync(at('node_modules'), join(path, 'node_modules'));
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(path, name), text);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

function mutant(
  id: string,
  [find, replace]: readonly [string, string],
  what = 'counts every number',
): Mutant {
  const caughtBy = { file: 'sum.test.ts', test: what };
  return {
    id,
    part: 'prover',
    breaks: 'A sum counts every number.',
    file: 'sum.ts',
    find,
    replace,
    caughtBy,
  };
}

const run = (mutants: readonly Mutant[], root: string, timeoutMs = 60_000) =>
  runMutants(mutants, { root, timeoutMs, signal: new AbortController().signal, onRow: () => undefined });

const copies = () => readdirSync(tmpdir()).filter((name) => name.startsWith('drydock-mutants-'));

test('tells caught, unseen and broken apart, and leaves the tree and the folder of copies as they were', async () => {
  using tree = smallTree({ 'sum.ts': SUM, 'sum.test.ts': TEST });
  const before = copies();
  const rows = await run(
    [
      mutant('counts-twice', ['all += number', 'all += 2 * number']),
      mutant('starts-lower', ['let all = 0;', 'let all = -0;']),
      mutant('does-not-load', ['export function', 'function']),
      mutant('throws', ['return all;', "throw new Error('no');"]),
      mutant('is-gone', ['return some;', 'return 0;']),
      mutant('has-no-test', ['let all = 0;', 'let all = 1;'], 'counts nothing'),
    ],
    tree.path,
  );
  expect(rows.map((row) => [row.mutant.id, row.outcome.kind])).toStrictEqual([
    ['counts-twice', 'killed'],
    ['starts-lower', 'survived'],
    ['does-not-load', 'not-judged'],
    ['throws', 'not-judged'],
    ['is-gone', 'not-judged'],
    ['has-no-test', 'not-judged'],
  ]);
  expect(rows[0]?.outcome).toStrictEqual({
    kind: 'killed',
    killedBy: 'sum.test.ts > a sum counts every number',
    because: 'expected 6 to be 3 // Object.is equality',
  });
  expect(readFileSync(join(tree.path, 'sum.ts'), 'utf8')).toBe(SUM);
  expect(copies()).toStrictEqual(before);
}, 120_000);

test('ends what hangs, and judges nothing by it', async () => {
  using tree = smallTree({ 'sum.ts': SUM, 'sum.test.ts': TEST });
  const [row] = await run([mutant('hangs', ['return all;', 'for (;;);'])], tree.path, 5_000);
  expect(row?.outcome).toStrictEqual({
    kind: 'not-judged',
    reason: 'could not run sum.test.ts: no answer within 5000 ms; run them by hand',
  });
}, 60_000);

test('judges nothing where the tests fail without any defect, or only compare with what was before', async () => {
  const defect = mutant('counts-twice', ['all += number', 'all += 2 * number']);
  using red = smallTree({ 'sum.ts': SUM, 'sum.test.ts': TEST.replace('toBe(3)', 'toBe(4)') });
  await expect(run([defect], red.path)).rejects.toThrow(
    'could not judge: without any defect 1 tests fail, first sum.test.ts > a sum counts every number; make them pass',
  );
  using snapshot = smallTree({
    'sum.ts': SUM,
    'sum.test.ts': TEST.replace('toBe(3)', 'toMatchSnap|shot()'.replace('|', '')),
  });
  await expect(run([defect], snapshot.path)).rejects.toThrow(
    'could not judge by sum.test.ts: it compares snapshots',
  );
}, 60_000);
