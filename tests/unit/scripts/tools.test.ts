/** Where the set-up looks for system programs, and what it tells an ordinary user to run. */

import { expect, test } from 'vitest';

interface Tools {
  missingTools(options: { path: string; isProgram: (file: string) => boolean }): {
    programs: string[];
    packages: string[];
  };
  aptCommand(packages: readonly string[], options: { hasLists: boolean }): string;
}

const tools: Tools = await import(new URL('../../../scripts/setup/tools.mjs', import.meta.url).href);

const programs = ['flock', 'ip', 'mount', 'nft', 'setpriv', 'unshare'];
const having = (files: readonly string[]) => (file: string) => files.includes(file);

test('finds a program that lies outside an ordinary user’s PATH', () => {
  const files = programs.map((program) => (program === 'nft' ? '/usr/sbin/nft' : `/usr/bin/${program}`));
  expect(tools.missingTools({ path: '/usr/local/bin:/usr/bin', isProgram: having(files) })).toEqual({
    programs: [],
    packages: [],
  });
});

test.each(['/usr/sbin', '/sbin', '/usr/local/sbin', '/opt/tools'])('looks in %s', (directory) => {
  const files = programs.map((program) => `${directory}/${program}`);
  expect(tools.missingTools({ path: '/opt/tools', isProgram: having(files) }).programs).toEqual([]);
});

test.each([
  ['nft', 'nftables'],
  ['ip', 'iproute2'],
  ['unshare', 'util-linux'],
  ['mount', 'mount'],
  ['setpriv', 'util-linux'],
  ['flock', 'util-linux'],
])('misses %s, which %s brings', (program, debianPackage) => {
  const files = programs.filter((name) => name !== program).map((name) => `/usr/bin/${name}`);
  expect(tools.missingTools({ path: '/usr/bin', isProgram: having(files) })).toEqual({
    programs: [program],
    packages: [debianPackage],
  });
});

test('names a package once, however many programs of it are missing', () => {
  expect(tools.missingTools({ path: '', isProgram: () => false })).toEqual({
    programs,
    packages: ['iproute2', 'mount', 'nftables', 'util-linux'],
  });
});

test('gives one command, with the update that a machine without package lists needs', () => {
  const install = 'sudo apt-get install -y --no-install-recommends iproute2 nftables';
  expect(tools.aptCommand(['iproute2', 'nftables'], { hasLists: true })).toBe(install);
  expect(tools.aptCommand(['iproute2', 'nftables'], { hasLists: false })).toBe(
    `sudo apt-get update && ${install}`,
  );
});
