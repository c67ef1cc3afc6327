/** The committed manifest: it parses, and what can be checked without a network is true. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readManifest, repositoryDir } from '../../../../src/worker/model-files/runtime/read-manifest.ts';

const manifest = await readManifest();

test('names the tuned model first, then the one that a package registry carries', () => {
  expect(manifest.default).toEqual(['gemma-3-270m-it', 'gemma-3-270m']);
  const [tuned, base] = manifest.default.map((name) => manifest.models.find((model) => model.name === name));
  expect(tuned).toMatchObject({ chatStyle: 'gemma', random: false, sources: [{ kind: 'https' }] });
  expect(base).toMatchObject({ chatStyle: 'turns', random: false, sources: [{ kind: 'pip' }] });
});

test('gives every model of the Gemma family its terms', () => {
  const gemma = manifest.models.filter(({ name }) => name.startsWith('gemma-'));
  expect(gemma.map(({ licence }) => licence.url)).toEqual(
    gemma.map(() => 'https://ai.google.dev/gemma/terms'),
  );
});

const inClone = manifest.models.flatMap(({ sources, ...model }) =>
  sources.flatMap((source) => (source.kind === 'file' ? [{ ...model, path: source.path }] : [])),
);

test('has a random model that needs no network', () => {
  expect(inClone.map(({ name, random }) => ({ name, random }))).toEqual([{ name: 'tiny', random: true }]);
});

test.each(inClone)('says the size and hash of $path', ({ path, bytes, sha256 }) => {
  const content = readFileSync(join(repositoryDir, path));
  expect(content.length).toBe(bytes);
  expect(createHash('sha256').update(content).digest('hex')).toBe(sha256);
});
