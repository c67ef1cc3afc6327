/** Each rule finds the defect that is planted for it, and only where it applies. */

import { expect, test } from 'vitest';
import { checkLength, checkNames } from './file-rules.ts';
import { checkText, textRules } from './text-rules.ts';

const uncut = (text: string) => text.replaceAll('|', '');

test.each(textRules)('finds a breach of: $name', ({ name, planted }) => {
  const file = { path: planted.path, text: `const before = 1;\n${uncut(planted.text)}\n` };
  expect(checkText([file])).toContainEqual({
    path: planted.path,
    line: 2,
    rule: name,
    what: expect.any(String),
  });
  expect(checkText([file], { [name]: [planted.path] }).map(({ rule }) => rule)).not.toContain(name);
});

test.each([
  ['the word in another word', 'src/rpc/x.ts', 'const toDoubles = fixMemory;'],
  ['the same words in a sentence', 'src/rpc/x.ts', '// As likely as any other.'],
  ['the environment in config.ts', 'src/rpc/config.ts', uncut('process.|env.X')],
  ['the environment in a test', 'tests/unit/rpc/x.test.ts', uncut('process.|env.X')],
  ['the default export of the test settings', 'vitest.config.ts', 'export default {};'],
  ['a wait in what tests lean on', 'tests/support/until.ts', uncut('await |delay(20);')],
  ['user data, as AWS calls it', 'infra/x.ts', 'export function userData() {}'],
  ['a path below another', 'docs/x.md', 'sim/home/x and ~/work/y and */home/z'],
  ['fixtures', 'tests/fixtures/x/x.js', uncut('TO|DO')],
])('allows %s', (_, path, text) => {
  expect(checkText([{ path, text }])).toEqual([]);
});

const file = (path: string, lines: number) => ({ path, text: 'x\n'.repeat(lines) });
const short = Array.from({ length: 9 }, (_, index) => file(`sim/short-${index}.ts`, 149));

test('allows 400 lines and refuses 401', () => {
  expect(checkLength([...short, file('sim/long.ts', 400)])).toEqual([]);
  expect(checkLength([...short, file('sim/long.ts', 401)])).toEqual([
    { path: 'sim/long.ts', line: 0, rule: 'length', what: '401 lines, over 400' },
  ]);
});

test('allows one file in five to have 150 lines or more, and names them beyond', () => {
  const [first = file('', 0), ...others] = short;
  expect(checkLength([...others, file('sim/a.ts', 150), file('sim/b.ts', 200)])).toEqual([]);
  const [finding, ...more] = checkLength([first, file('sim/a.ts', 150), file('sim/b.ts', 200)]);
  expect(more).toEqual([]);
  expect(finding?.what).toBe('too many files of 150 lines or more: sim/b.ts (200), sim/a.ts (150)');
});

test.each([
  'sim/fabricModel.ts',
  'sim/Fabric/x.ts',
  'sim/snake_case.ts',
  'docs/README.md',
  'sim/string-utils.ts',
  'src/helpers/x.ts',
])('refuses the name of %s', (path) => {
  expect(checkNames([file(path, 1)])).toHaveLength(1);
});

test.each([
  'README.md',
  'LICENSE',
  '.ci/run',
  'sim/x.test.ts',
  'tsconfig.base.json',
  'docs/decisions/0001-one-source.md',
  'tests/fixtures/A/B_c.JSON',
])('allows the name of %s', (path) => {
  expect(checkNames([file(path, 1)])).toEqual([]);
});
