import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readTokenizer } from '../../../../src/worker/hugging-face/read-tokenizer.ts';
import { openModelSource } from '../../../../src/worker/model-source.ts';
import { createChatFormat, detectChatStyle } from '../../../../src/worker/text/chat-format.ts';
import { createTokenizer } from '../../../../src/worker/text/tokenizer.ts';
import { tokenTypes } from '../../../../src/worker/vocabulary.ts';
import { fixtureFile } from '../references.ts';
import { scratchDir } from '../scratch-dir.ts';
import { fixtures, loadTinyVocabulary } from '../text/vocabularies.ts';

const tiny = join(fixtures, 'tiny-gemma3');
const read = (name: string) => readFileSync(fixtureFile(name), 'utf8');
const tokenizerText = read('tokenizer.json');
const configText = read('tokenizer_config.json');

/** What the tests change of it. */
interface Definition {
  added_tokens: { id: number; content: string; special: boolean; lstrip: boolean; normalized: boolean }[];
  normalizer: unknown;
  pre_tokenizer: unknown;
  post_processor: unknown;
  model: {
    [key: string]: unknown;
    vocab: Record<string, number>;
    merges: (readonly string[] | string)[];
  };
}

type Files = Readonly<Record<string, string | undefined>>;

function directoryWith(files: Files): string {
  const directory = scratchDir();
  for (const name of ['tokenizer.json', 'tokenizer_config.json']) {
    copyFileSync(fixtureFile(name), join(directory, name));
  }
  for (const [name, text] of Object.entries(files)) {
    if (text === undefined) rmSync(join(directory, name));
    else writeFileSync(join(directory, name), text);
  }
  return directory;
}

const readWith = (files: Files) => readTokenizer(directoryWith(files));
const changed = (change: (definition: Definition) => void, indent?: number): Files => {
  const definition: Definition = JSON.parse(tokenizerText);
  change(definition);
  return { 'tokenizer.json': JSON.stringify(definition, undefined, indent) };
};
const configured = (changes: object): Files => ({
  'tokenizer_config.json': JSON.stringify({ ...JSON.parse(configText), ...changes }),
});

test('is the vocabulary that the GGUF file of the model has, entry by entry', async () => {
  expect(await readTokenizer(tiny)).toEqual(await loadTinyVocabulary());
});

test('is what a model source of the directory gives', async () => {
  await using source = await openModelSource(tiny);
  expect(await source.readVocabulary()).toEqual(await loadTinyVocabulary());
});

test('gives the reference ids of texts', async () => {
  const { encode } = createTokenizer(await readTokenizer(tiny));
  const { cases }: { cases: { text: string; ids: number[] }[] } = JSON.parse(read('tokens.json'));
  expect(cases.length).toBeGreaterThan(10);
  for (const { text, ids } of cases) expect(encode(text, { control: 'recognised' })).toEqual(ids);
});

test('gives the reference ids of conversations', async () => {
  const vocabulary = await readTokenizer(tiny);
  const tokenizer = createTokenizer(vocabulary);
  const format = createChatFormat(vocabulary, tokenizer, detectChatStyle(vocabulary));
  interface Chat {
    messages: { role: 'user' | 'assistant' | 'system'; content: unknown }[];
    addGenerationPrompt: boolean;
    ids?: number[];
  }
  const { cases }: { cases: Chat[] } = JSON.parse(read('chat.json'));
  const usual = cases.filter((it) => it.ids !== undefined && it.addGenerationPrompt);
  const plain = usual.filter(({ messages }) => messages.every(({ content }) => typeof content === 'string'));
  expect(plain.length).toBeGreaterThan(3);
  for (const { messages, ids } of plain) {
    expect(format.encode(messages.map(({ role, content }) => ({ role, content: String(content) })))).toEqual(
      ids,
    );
  }
});

test.each<[string, Files]>([
  ['indented', changed(() => {}, 2)],
  [
    'with everything beyond ASCII escaped',
    { 'tokenizer.json': tokenizerText.replaceAll(/[^ -~]/gu, escaped) },
  ],
  [
    'with its tokens escaped and its merges not',
    { 'tokenizer.json': tokenizerText.replaceAll(/[^ -~](?=.*"merges")/gu, escaped) },
  ],
  [
    'with merges in one string',
    changed(({ model }) => (model.merges = model.merges.map((it) => [it].flat().join(' ')))),
  ],
  ['without a pre-tokenizer', changed((it) => (it.pre_tokenizer = null))],
  [
    'with tokens that objects describe',
    configured({ bos_token: { content: '<bos>' }, eos_token: { content: '<eos>' } }),
  ],
  ['without a word on the beginning token', configured({ add_bos_token: undefined })],
])('reads the same from a file %s', async (_, files) => {
  expect(await readWith(files)).toEqual(await loadTinyVocabulary());
});

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('');
}

test('takes tokens that follow the vocabulary, and the end that the config names', async () => {
  const flags = { special: true, single_word: false, lstrip: false, rstrip: false, normalized: false };
  const names = ['<image_soft_token>', '<start_of_image>', '<end_of_image>'];
  const more = names.map((content, at) => ({ id: 512 + at, content, ...flags }));
  const files = {
    ...changed((it) => it.added_tokens.push(...more)),
    ...configured({ eos_token: '<end_of_turn>' }),
  };
  const vocabulary = await readWith(files);
  expect(vocabulary.tokens.slice(512)).toEqual(names);
  // As GGUF files of Gemma-3 have them: the marks around a picture are no control tokens.
  const { control, userDefined } = tokenTypes;
  expect([...vocabulary.types.slice(512)]).toEqual([control, userDefined, userDefined]);
  expect(vocabulary.eosId).toBe(9);
});

test.each<[string, Files, boolean]>([
  ['the config says so', configured({ add_bos_token: false }), false],
  [
    'neither it nor the tokenizer puts one',
    { ...configured({ add_bos_token: null }), ...changed((it) => (it.post_processor = null)) },
    false,
  ],
  ['the tokenizer alone puts one', configured({ add_bos_token: null }), true],
])('a beginning token is wanted or not: %s', async (_, files, wanted) => {
  expect((await readWith(files)).addBos).toBe(wanted);
});

const named = (template: string) => [
  { name: 'tools', template: 'x' },
  { name: 'default', template },
];
test.each<[string, Files, string | undefined]>([
  [
    'the file of its own before all',
    { 'chat_template.jinja': 'jinja', 'chat_template.json': '{"chat_template":"json"}' },
    'jinja',
  ],
  ['the old file of its own before the config', { 'chat_template.json': '{"chat_template":"json"}' }, 'json'],
  ['the default of several', configured({ chat_template: named('the one') }), 'the one'],
  [
    'the first of several without a default',
    configured({ chat_template: [{ name: 'tools', template: 'x' }] }),
    'x',
  ],
  ['none', configured({ chat_template: undefined }), undefined],
])('takes as chat template %s', async (_, files, template) => {
  const vocabulary = await readWith(files);
  expect(vocabulary.chatTemplate).toBe(template);
  expect('chatTemplate' in vocabulary).toBe(template !== undefined);
});

const model = (changes: object) => changed((it) => Object.assign(it.model, changes));
test.each<[string, Files, RegExp]>([
  ['another model', model({ type: 'Unigram' }), /model\.type is not as in Gemma-3's/],
  ['no byte fallback', model({ byte_fallback: false }), /model\.byte_fallback is not as/],
  ['dropout', model({ dropout: 0.1 }), /model\.dropout is not as/],
  [
    'a prefix of subwords',
    model({ continuing_subword_prefix: '##' }),
    /model\.continuing_subword_prefix is not/,
  ],
  ['merges passed over', model({ ignore_merges: true }), /model\.ignore_merges is not as/],
  ['another normalizer', changed((it) => (it.normalizer = { type: 'NFKC' })), /normalizer\.type is not as/],
  ['no normalizer', changed((it) => (it.normalizer = null)), /normalizer is not as/],
  [
    'another pre-tokenizer',
    changed((it) => (it.pre_tokenizer = { type: 'ByteLevel' })),
    /pre_tokenizer\.type is not/,
  ],
  [
    'tokens that strip',
    changed((it) => edit(it.added_tokens[4], { lstrip: true })),
    /added_tokens\.4\.lstrip is not as/,
  ],
  [
    'tokens in normal text',
    changed((it) => edit(it.added_tokens[4], { normalized: true })),
    /added_tokens\.4\.normalized/,
  ],
  [
    'a pair left out',
    changed(({ model: it }) => it.merges.splice(-1, 1)),
    /its merges of token \d+ are not all its pairs together/,
  ],
  [
    'a piece whose pairs stand apart',
    changed(({ model: it }) => it.merges.push(...it.merges.splice(mergeAt(it.merges), 1))),
    /are not all its pairs together/,
  ],
  [
    'a pair twice',
    changed(({ model: it }) => it.merges.push(it.merges.at(-1) ?? '')),
    /are not all its pairs together/,
  ],
  [
    'one of two pairs left out',
    changed(({ model: it }) => it.merges.splice(mergeAt(it.merges), 1)),
    /are not all its pairs together/,
  ],
  [
    'a piece cut where neither half need be a token',
    changed(({ model: it }) => cutElsewhere(it)),
    /are not all its pairs together/,
  ],
  [
    'a piece whose only pair comes again later',
    changed(({ model: it }) => it.merges.push(it.merges[loneAt(it.merges)] ?? '')),
    /are not all its pairs together/,
  ],
  [
    'a pair of no tokens',
    changed(({ model: it }) => it.merges.push(['qqq', 'zzz'])),
    /it joins what are no tokens/,
  ],
])('refuses another tokenizer: %s', async (_, files, message) => {
  const reading = readWith(files);
  await expect(reading).rejects.toThrow(message);
  await expect(reading).rejects.toMatchObject({ code: 'WORKER_MODEL_UNSUPPORTED' });
  await expect(reading).rejects.toThrow(/^could not use model file [^\n]*; use a Gemma-3 model[^\n]*$/);
});

function edit(item: object | undefined, changes: object): void {
  Object.assign(item ?? {}, changes);
}

/** Of the first of two pairs that make the same. */
function mergeAt(merges: Definition['model']['merges']): number {
  const joined = merges.map((it) => [it].flat().join(''));
  return joined.findIndex((it, at) => at > 20 && it === joined[at + 1]);
}

/** Of a pair that alone makes what it makes, and is not the last. */
function loneAt(merges: Definition['model']['merges']): number {
  const joined = merges.map((it) => [it].flat().join(''));
  return joined.findIndex((it, at) => at > 20 && it !== joined[at - 1] && it !== joined[at + 1]);
}

/** One pair of a piece is cut where its halves are no tokens. */
function cutElsewhere({ merges, vocab }: Definition['model']): void {
  for (const [at, merge] of merges.entries()) {
    const text = [merge].flat().join('');
    for (let end = 1; end < text.length; end++) {
      const halves = [text.slice(0, end), text.slice(end)];
      if (halves.every((half) => half in vocab)) continue;
      merges[at] = halves;
      return;
    }
  }
}

const cut = (bytes: number) => ({ 'tokenizer.json': tokenizerText.slice(0, bytes) });
const swapped = (from: string | RegExp, to: string) => ({
  'tokenizer.json': tokenizerText.replace(from, to),
});
test.each<[string, Files, RegExp]>([
  ['no tokenizer', { 'tokenizer.json': undefined }, /tokenizer\.json: it cannot be opened \(ENOENT\)/],
  ['no config', { 'tokenizer_config.json': undefined }, /tokenizer_config\.json: it cannot be opened/],
  ['an empty tokenizer', cut(0), /it is no JSON of its kind at byte 0/],
  ['a list', { 'tokenizer.json': '[]' }, /it is no JSON of its kind at byte 0/],
  ['more behind it', { 'tokenizer.json': `${tokenizerText}{}` }, /it is no JSON of its kind at byte/],
  ['a key twice', swapped('"version"', '"truncation": null, "version"'), /it has "truncation" twice/],
  ['no merges', model({ merges: undefined }), /it has no model\.vocab or no model\.merges/],
  ['an id twice', changed(({ model: it }) => (it.vocab.the = 300)), /it has two tokens of the id 300/],
  [
    'an id left out',
    changed(({ model: it }) => delete it.vocab['▁the']),
    /it has 511 tokens, and ids up to 511/,
  ],
  [
    'an absurd id',
    changed(({ model: it }) => (it.vocab.the = 99_999_999)),
    /it has a token of the id 99999999/,
  ],
  ['an id that is no number', swapped('"<eos>": 1', '"<eos>": "1"'), /it is no JSON of its kind/],
  [
    'an added token of another text',
    changed((it) => edit(it.added_tokens[4], { content: '<masc>' })),
    /its added token 4 has another text or id/,
  ],
  ['no such beginning token', configured({ bos_token: '<start>' }), /it has no token "<start>"/],
  ['a config without an end token', configured({ eos_token: null }), /tokenizer_config\.json: eos_token: /],
  ['a config that is no JSON', { 'tokenizer_config.json': '{' }, /tokenizer_config\.json: it is not JSON/],
])('refuses a broken file: %s', async (_, files, message) => {
  const reading = readWith(files);
  await expect(reading).rejects.toThrow(message);
  await expect(reading).rejects.toMatchObject({ code: 'WORKER_MODEL_FILE_INVALID' });
});

test('refuses a file cut off anywhere', async () => {
  const directory = directoryWith({});
  const bytes = readFileSync(fixtureFile('tokenizer.json'));
  for (let end = 0; end < bytes.length; end += 301) {
    writeFileSync(join(directory, 'tokenizer.json'), bytes.subarray(0, end));
    await expect(readTokenizer(directory)).rejects.toMatchObject({ code: 'WORKER_MODEL_FILE_INVALID' });
  }
});

test('refuses bytes that are no text, wherever they are', async () => {
  const directory = directoryWith({});
  const bytes = readFileSync(fixtureFile('tokenizer.json'));
  bytes[bytes.indexOf('▁', bytes.indexOf('"decoder"'))] = 0xff;
  writeFileSync(join(directory, 'tokenizer.json'), bytes);
  await expect(readTokenizer(directory)).rejects.toThrow('it is not text');
});
