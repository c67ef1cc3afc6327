import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeClone } from './clone.ts';

const quietly = ['--packages-only', '--quiet'];

describe('what makes it install again', () => {
  const causes: readonly (readonly [
    string,
    (root: string, write: (path: string, text: string) => void) => void,
  ])[] = [
    [
      'a lockfile with another version',
      (_, write) => write('package-lock.json', lockfileWith({ version: '1.0.1' })),
    ],
    [
      'a lockfile with another hash',
      (_, write) => write('package-lock.json', lockfileWith({ integrity: 'sha512-x' })),
    ],
    [
      'a lockfile with another package',
      (_, write) => write('package-lock.json', lockfileWith({}, 'node_modules/new')),
    ],
    ['a package deleted by hand', (root) => rmSync(join(root, 'node_modules/a'), { recursive: true })],
    [
      'no record of npm: an installation was interrupted',
      (root) => rmSync(join(root, 'node_modules/.package-lock.json')),
    ],
    ['half a record of npm', (_, write) => write('node_modules/.package-lock.json', '{"packages":')],
    ['no node program', (root) => rmSync(join(root, 'node_modules/node/bin/node'))],
    [
      'a placeholder instead of the bun program',
      (_, write) => write('node_modules/bun/bin/bun.exe', 'placeholder'),
    ],
  ];

  test.each(causes)('%s', async (_, spoil) => {
    using clone = makeClone();
    await clone.run(quietly).ended;
    spoil(clone.root, clone.write);
    await clone.run(quietly).ended;
    expect(clone.npmCalls()).toHaveLength(2);
    expect(clone.npmCalls().at(-1)).toMatch(/^ci --omit=dev /);
  });

  function lockfileWith(change: object, path = 'node_modules/a'): string {
    const a = { version: '1.0.0', integrity: 'sha512-a', ...change };
    return JSON.stringify({ packages: { '': {}, [path]: a } });
  }
});
