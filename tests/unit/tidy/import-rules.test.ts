/** The import checker sees each way of loading that it claims to see, and allows what the table allows. */

import { describe, expect, test } from 'vitest';
import { checkImports } from './import-rules.ts';
import { parseFolders, parsePackages } from './import-table.ts';

const markdown = `
| folder | holds | may import | may read or start |
|---|---|---|---|
| \`src/rpc\` | x | nothing | nothing |
| \`src/worker\` | x | \`src/rpc\` | \`models\` |
| \`infra\` | x | \`src/rpc/contract\` | nothing |
| \`sim\` | x | nothing | \`infra/synth\`, \`src/worker/main.ts\` |
| \`tests/unit\` | x | the folder it mirrors and what that may import, \`tests/support\` | anything |
| \`tests/support\`, \`tests/security\` | x | \`sim\` | nothing |
| \`bench\` | x | anything | anything |

| package | imported under | why |
|---|---|---|
| \`onnxruntime-node\` | \`src/worker\` | x |
| \`cdktn\`, \`constructs\` | \`infra\` | x |
| \`bun\` | – | x |
`;
const tables = { folders: parseFolders(markdown), packages: parsePackages(markdown) };

const check = (path: string, text: string, others: readonly string[] = []) =>
  checkImports([{ path, text }, ...others.map((other) => ({ path: other, text: '' }))], tables).map(
    ({ line, what }) => `${line}: ${what}`,
  );
/** Keeps the planted lines out of sight of the checker when it reads this very file. */
const cut = (text: string) => text.replaceAll('|', '');

describe('reports', () => {
  test.each([
    ['a static import', "import { x } from '../rpc/x.ts';"],
    ['an import of a type', "import type { X } from '../rpc/x.ts';"],
    ['an import over several lines', "import {\n  x,\n  y,\n} from '../rpc/x.ts';"],
    ['an import for its effects', "import '../rpc/x.ts';"],
    ['a re-export', "export { x } from '../rpc/x.ts';"],
    ['a re-export of everything', "export * from '../rpc/x.ts';"],
    ['a dynamic import', "const x = await imp|ort('../rpc/x.ts');"],
    ['the type of an import', "let x: typeof imp|ort('../rpc/x.ts');"],
    ['a require', "const x = req|uire('../rpc/x.ts');"],
    ['a URL', "new Worker(new |URL('../rpc/x.ts', import.meta.url));"],
    ['a URL put together', 'const x = (name) => new |URL(`../rpc/$|{name}`, import.meta.url);'],
    ['a program’s path', "const main = root('src|/rpc/x.ts');"],
  ])('%s that the table does not allow', (_, text) => {
    expect(check('infra/x.ts', cut(text).replaceAll('../rpc', '../src/rpc'))).toEqual([
      expect.stringMatching(/^1: (imports|reads or starts) src\/rpc(\/x\.ts)?, which infra may not$/),
    ]);
  });

  test('a file in no folder of the table', () => {
    expect(check('src/elsewhere/x.ts', '')).toEqual(['0: lies in no folder of the table']);
  });

  test('a dynamic import whose target cannot be told', () => {
    expect(check('sim/x.ts', cut('\nawait imp|ort(name);'))).toEqual([
      cut('2: cannot be told: imp|ort(name'),
    ]);
    expect(check('sim/x.ts', cut('await imp|ort(`./$|{name}.ts`);'))).toHaveLength(1);
  });

  test('a path out of the clone', () => {
    expect(check('sim/x.ts', "import '../../elsewhere/x.ts';")).toEqual([
      '1: reaches out of the clone: ../elsewhere/x.ts',
    ]);
  });

  test.each([
    ['sim/x.ts', 'onnxruntime-node', 'src/worker'],
    ['src/rpc/x.ts', 'cdktn', 'infra'],
    ['src/worker/x.ts', 'constructs/lib/x.js', 'infra'],
    ['sim/x.ts', 'bun', 'nobody'],
  ])('%s importing %s', (path, name, folder) => {
    expect(check(path, `import x from '${name}';`)).toEqual([`1: imports ${name}, which is for ${folder}`]);
  });

  test('a package that no row names, a longer name of one that has a row, too', () => {
    expect(check('infra/x.ts', "import 'left-pad';")).toEqual([
      '1: imports left-pad, which the table of packages does not name',
    ]);
    expect(check('infra/x.ts', "import 'cdktn-extras';")).toHaveLength(1);
  });

  test('a file of a folder with a door, imported past it', () => {
    const others = ['sim/fabric/index.ts', 'sim/fabric/apply.ts'];
    expect(check('sim/prove/x.ts', "import { apply } from '../fabric/apply.ts';", others)).toEqual([
      '1: imports sim/fabric/apply.ts past its door, sim/fabric/index.ts',
    ]);
    expect(
      check('tests/security/x.ts', "import { apply } from '../../sim/fabric/apply.ts';", others),
    ).toHaveLength(1);
  });

  test('a unit test that imports what its folder may not', () => {
    expect(check('tests/unit/sim/x.test.ts', "import '../../../src/worker/x.ts';")).toHaveLength(1);
    expect(check('tests/unit/rpc/x.test.ts', "import '../../../src/worker/x.ts';")).toHaveLength(1);
  });
});

describe('allows', () => {
  test.each([
    ['a file of its own folder', 'sim/a/x.ts', "import '../b/y.ts';"],
    ['a folder of the table', 'src/worker/x.ts', "import '../rpc/y.ts';"],
    ['a place inside a folder', 'infra/x.ts', "import '../src/rpc/contract/ports.ts';"],
    ['a package where it belongs', 'src/worker/x.ts', "import * as ort from 'onnxruntime-node';"],
    ['what Node brings', 'src/rpc/x.ts', "import 'node:fs';"],
    ['a file that it may read', 'sim/x.ts', "new |URL('../infra/synth/dev/main.tf.json', import.meta.url)"],
    ['a program that it may start', 'sim/x.ts', "root('src|/worker/main.ts')"],
    ['the clone itself as a place', 'sim/x.ts', 'new |URL(`../$|{path}`, import.meta.url)'],
    ['an address that is no load', 'sim/x.ts', "new |URL('../src/rpc/x.ts', base)"],
    [
      'the folder that a unit test mirrors',
      'tests/unit/worker/x.test.ts',
      "import '../../../src/worker/x.ts';",
    ],
    ['what that folder may import', 'tests/unit/worker/x.test.ts', "import '../../../src/rpc/x.ts';"],
    ['anything in bench', 'bench/x.ts', "import '../src/worker/x.ts';"],
  ])('%s', (_, path, text) => {
    expect(check(path, cut(text))).toEqual([]);
  });

  test('the door, a place inside that the table names, and a unit test that looks within', () => {
    const others = [
      'sim/fabric/index.ts',
      'sim/fabric/apply.ts',
      'src/rpc/index.ts',
      'src/rpc/contract/ports.ts',
    ];
    expect(check('sim/prove/x.ts', "import { apply } from '../fabric/index.ts';", others)).toEqual([]);
    expect(check('infra/x.ts', "import '../src/rpc/contract/ports.ts';", others)).toEqual([]);
    expect(check('tests/unit/sim/x.test.ts', "import '../../../sim/fabric/apply.ts';", others)).toEqual([]);
  });
});

test('refuses a table that it cannot read', () => {
  expect(() => parseFolders('no table')).toThrow('no line is');
  expect(() =>
    parseFolders(markdown.replace('| nothing | nothing |', '| whatever it likes | nothing |')),
  ).toThrow('"whatever it likes" is no name in back-quotes');
});
