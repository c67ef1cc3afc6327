/** Rules that a pattern can check, as a table: what is refused, where, and a line that breaks the rule. */

import { type Finding, isCode, isUnder, lineAt, type SourceFile } from './source-file.ts';

export interface TextRule {
  readonly name: string;
  readonly pattern: RegExp;
  readonly appliesTo: (path: string) => boolean;
  /** A file that breaks it. A bar marks where the text is cut, so that this table does not break it as well. */
  readonly planted: { readonly path: string; readonly text: string };
}

const everywhere = (path: string) => !isUnder(path, 'tests/fixtures') && !isUnder(path, 'tests/vectors');
const inCode = (path: string) => isCode(path) && everywhere(path);
const inTests = (path: string) => inCode(path) && isUnder(path, 'tests');
const inPrograms = (path: string) =>
  inCode(path) && !/(^|\/)config\.ts$/.test(path) && !/^(tests|scripts|bench)\//.test(path);

const code = (text: string, path = 'src/rpc/planted.ts') => ({ path, text });

/** Assembled, for this file may not name them either. */
const registryHosts = [
  ['registry', 'npmjs', 'org'],
  ['registry', 'yarnpkg', 'com'],
  ['pypi', 'org'],
  ['files', 'pythonhosted', 'org'],
  ['proxy', 'golang', 'org'],
  ['static', 'crates', 'io'],
  ['registry-1', 'docker', 'io'],
].map((parts) => parts.join('\\.'));

export const textRules: readonly TextRule[] = [
  {
    name: 'no work left over',
    pattern: /\b(TO[D]O|FIX[M]E|XX[X]|HA[C]K)\b/,
    appliesTo: everywhere,
    planted: code('// TO|DO: later'),
  },
  {
    name: 'no escape from types',
    pattern: /\bas (any\b(?!\s+(?!as\b)\w)|unknown as\b)/,
    appliesTo: inCode,
    planted: code('const x = y as |any;'),
  },
  {
    name: 'no compiler or linter switched off',
    pattern: /@ts-(ignore|expect-error|nocheck)|biome-ignor[e]|eslint-disabl[e]/,
    appliesTo: inCode,
    planted: code('// biome-|ignore lint: because'),
  },
  {
    name: 'no test switched off or alone',
    pattern: /\b(test|it|describe|suite)(\.\w+)*\.(skip|only|todo|skipIf|runIf|fails)\b/,
    appliesTo: inTests,
    planted: code("test.|only('x', f);", 'tests/unit/rpc/planted.test.ts'),
  },
  {
    name: 'a test that lacks something says so through missing()',
    pattern: /\.skip\(/,
    appliesTo: (path) => inTests(path) && path !== 'tests/require.ts',
    planted: code('context.|skip();', 'tests/unit/rpc/planted.test.ts'),
  },
  {
    name: 'no mock of our own code',
    pattern: /\bvi\.(mock|doMock|hoisted)\(/,
    appliesTo: inTests,
    planted: code("vi.|mock('../x.ts');", 'tests/unit/rpc/planted.test.ts'),
  },
  {
    name: 'a title is a fact',
    pattern: /\b(test|it|describe)\b[^\n]*\(\s*['"`][^'"`\n]*\bshould\b/,
    appliesTo: inTests,
    planted: code("test('it shou|ld work', f);", 'tests/unit/rpc/planted.test.ts'),
  },
  {
    name: 'no sleep in a test',
    pattern: /\bawait (delay|sleep|setTimeout)\(|new Promise(<\w+>)?\(\(?\w+\)? =>\s*(\{\s*)?setTimeout\(/,
    // What a test leans on may take its time: a bounded wait, a peer that is slow on purpose.
    appliesTo: (path) => inTests(path) && path.endsWith('.test.ts'),
    planted: code('await |delay(100);', 'tests/unit/rpc/planted.test.ts'),
  },
  {
    name: 'named exports only',
    pattern: /^export default\b|^export \{[^}]*\bas default\b/m,
    appliesTo: (path) => inCode(path) && path !== 'vitest.config.ts',
    planted: code('export |default 1;'),
  },
  {
    name: 'names that say what a thing is',
    pattern:
      /^export (abstract )?(class|interface|type|function|const|enum) (\w*(Manager|Helper|Utils?|Impl)|(?<=class )\w*Data)\b/m,
    appliesTo: inCode,
    planted: code('export class Connection|Manager {}'),
  },
  {
    name: 'the environment is read in config.ts alone',
    pattern: /\bprocess\.env\b|\bBun\.env\b|\{[^}]*\benv\b[^}]*\} from 'node:process'/,
    appliesTo: inPrograms,
    planted: code('const x = process.|env.X;'),
  },
  {
    name: 'no name of a package registry',
    pattern: new RegExp(registryHosts.join('|')),
    appliesTo: (path) => everywhere(path),
    planted: code(`fetch('https://${['pypi', 'org'].join('|.')}/x');`),
  },
  {
    name: 'no path of one machine',
    pattern: /(?<![\w.~/*-])\/(work|home|root|Users)\/[\w.-]/,
    appliesTo: everywhere,
    planted: code("const x = '/ho|me/somebody';"),
  },
  {
    name: 'the project speaks of itself alone',
    pattern: /\b(issue|ticket|pull request) #?\d+\b/i,
    appliesTo: everywhere,
    planted: code('// See iss|ue 12.'),
  },
];

/** @param exceptions `path: reason` by the rule's name; each must be needed. */
export function checkText(
  files: readonly SourceFile[],
  exceptions: Readonly<Record<string, readonly string[]>> = {},
): Finding[] {
  return textRules.flatMap(({ name, pattern, appliesTo }) =>
    files
      .filter(({ path }) => appliesTo(path) && !exceptions[name]?.includes(path))
      .flatMap(({ path, text }) =>
        [...text.matchAll(new RegExp(pattern, `${pattern.flags}g`))].map(({ 0: what, index }) => ({
          path,
          line: lineAt(text, index),
          rule: name,
          what: what.trim(),
        })),
      ),
  );
}
