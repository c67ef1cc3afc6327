/** The tree keeps its own rules: who may load what (the tables of ARCHITECTURE.md), words, names and lengths. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkLength, checkNames } from './file-rules.ts';
import { checkImports } from './import-rules.ts';
import { parseFolders, parsePackages } from './import-table.ts';
import { readTree, root } from './read-tree.ts';
import type { Finding } from './source-file.ts';
import { checkText } from './text-rules.ts';

const files = readTree();
const architecture = files.find(({ path }) => path === 'ARCHITECTURE.md')?.text ?? '';
const told = (findings: readonly Finding[]) =>
  findings.map(({ path, line, rule, what }) => `${path}:${line}: ${rule}: ${what}`);

/** Files that break a rule with good reason. A line that is no longer needed fails. */
const exceptions: Readonly<Record<string, readonly string[]>> = {
  // It kills the program at ten moments of its life: time is what goes in.
  'no sleep in a test': ['tests/deep/killed-up.test.ts'],
};

test('loads only what the tables of ARCHITECTURE.md allow', () => {
  const tables = { folders: parseFolders(architecture), packages: parsePackages(architecture) };
  expect(told(checkImports(files, tables))).toEqual([]);
});

test('gives every dependency of package.json a row and a reason, and no other', () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
  const [peers, gateways] = ['bench/peers', 'bench/gateway/peers'].map(
    (folder) => JSON.parse(readFileSync(`${root}${folder}/package.json`, 'utf8')).dependencies,
  );
  const named = parsePackages(architecture).map(({ name }) => name);
  expect(named.toSorted()).toEqual(
    Object.keys({ ...dependencies, ...devDependencies, ...peers, ...gateways }).sort(),
  );
});

test('keeps the words and patterns of the house', () => {
  expect(told(checkText(files, exceptions))).toEqual([]);
});

test('excepts no file without need', () => {
  const broken = checkText(files).map(({ rule, path }) => `${rule}: ${path}`);
  const unneeded = Object.entries(exceptions).flatMap(([rule, paths]) =>
    paths.map((path) => `${rule}: ${path}`).filter((line) => !broken.includes(line)),
  );
  expect(unneeded).toEqual([]);
});

test('has short files', () => {
  expect(told(checkLength(files))).toEqual([]);
});

test('names files and folders in kebab-case, for what is in them', () => {
  expect(told(checkNames(files))).toEqual([]);
});
