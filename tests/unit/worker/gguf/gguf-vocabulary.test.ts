/** The vocabulary of the fixture, and vocabularies whose parts do not fit. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Gguf, parseGgufHeader } from '../../../../src/worker/gguf/gguf-header.ts';
import { readVocabulary } from '../../../../src/worker/gguf/gguf-vocabulary.ts';
import { tokenTypes } from '../../../../src/worker/vocabulary.ts';
import { thrown } from '../thrown.ts';
import { type GgufValue, writeGguf } from './write-gguf.ts';

const folder = new URL('../../../fixtures/tiny-gemma3/', import.meta.url);
const tiny = readFileSync(new URL('model.gguf', folder));

function parse(bytes: Buffer): Gguf {
  const gguf = parseGgufHeader({ file: 'm.gguf', bytes, fileBytes: bytes.length });
  if (gguf === undefined) throw new Error('incomplete');
  return gguf;
}

/** The file with one text replaced by another of the same length. */
function replaced(from: string, to: string): Gguf {
  const copy = Buffer.from(tiny);
  copy.set(Buffer.from(to), copy.indexOf(from));
  return parse(copy);
}

describe('readVocabulary', () => {
  it('gives the tokens that the tokenizer.json beside the model has', () => {
    const vocabulary = readVocabulary(parse(tiny));
    const { model }: { model: { vocab: Record<string, number> } } = JSON.parse(
      readFileSync(new URL('tokenizer.json', folder), 'utf8'),
    );
    const expected = Object.entries(model.vocab).sort(([, a], [, b]) => a - b);
    // User-defined tokens keep their spaces in GGUF, and have them as ▁ in tokenizer.json.
    const plain = (token: string, id: number) =>
      vocabulary.types[id] === tokenTypes.userDefined ? token.replaceAll(' ', '▁') : token;
    expect(vocabulary.tokens.map(plain)).toEqual(expected.map(([token]) => token));
    expect(vocabulary.types[8]).toBe(tokenTypes.control);
    expect(vocabulary.types[21]).toBe(tokenTypes.byte);
    // Merge order from the first merged piece on: 0, -1, -2.
    expect([...vocabulary.scores.subarray(277, 280)]).toEqual([-0, -1, -2]);
    expect(vocabulary).toMatchObject({ bosId: 2, eosId: 1, addBos: true, addSpacePrefix: false });
    expect(vocabulary.chatTemplate).toContain('<start_of_turn>');
  });

  it.each([
    {
      from: 'tokenizer.ggml.scores',
      to: 'tokenizer.ggml.scoreX',
      reason: 'the key tokenizer.ggml.scores is missing',
    },
    {
      from: 'tokenizer.ggml.bos_token_id',
      to: 'tokenizer.ggml.bos_token_iX',
      reason: 'bos_token_id is missing',
    },
  ])('refuses a file without $from', ({ from, to, reason }) => {
    expect(() => readVocabulary(replaced(from, to))).toThrow(reason);
  });

  it('refuses another kind of tokenizer as unsupported', () => {
    const error = thrown(() => readVocabulary(replaced('llama', 'other')));
    expect(error.code).toBe('WORKER_MODEL_UNSUPPORTED');
    expect(error.message).toContain('its tokenizer is "other"');
  });

  it('refuses a token id beyond the vocabulary', () => {
    const copy = Buffer.from(tiny);
    const key = 'tokenizer.ggml.eos_token_id';
    copy.writeUInt32LE(512, copy.indexOf(key) + key.length + 4);
    expect(() => readVocabulary(parse(copy))).toThrow('eos_token_id is 512, and there are 512 tokens');
  });

  const parts: Record<string, GgufValue> = {
    'tokenizer.ggml.model': { type: 'string', value: 'llama' },
    'tokenizer.ggml.tokens': { type: 'strings', value: ['<bos>', '<eos>', 'a'] },
    'tokenizer.ggml.scores': { type: 'float32s', value: [0, 0, -1] },
    'tokenizer.ggml.token_type': { type: 'int32s', value: [3, 3, 1] },
    'tokenizer.ggml.bos_token_id': { type: 'uint32', value: 0 },
    'tokenizer.ggml.eos_token_id': { type: 'uint32', value: 1 },
  };
  const embedding = (rows: number) => [
    { name: 'token_embd.weight', shape: [8, rows], typeId: 0, bytes: new Uint8Array(32 * rows) },
  ];

  it('falls back to the defaults of such tokenizers, and to no chat template', () => {
    const vocabulary = readVocabulary(parse(writeGguf(parts, embedding(3))));
    expect(vocabulary).toMatchObject({ tokens: ['<bos>', '<eos>', 'a'], addBos: true, addSpacePrefix: true });
    expect(vocabulary).not.toHaveProperty('chatTemplate');
  });

  it.each<{ what: string; changes: Record<string, GgufValue>; rows: number; reason: string }>([
    {
      what: 'scores are fewer than tokens',
      changes: { 'tokenizer.ggml.scores': { type: 'float32s', value: [0] } },
      rows: 3,
      reason: 'differ in number (3, 1, 3)',
    },
    {
      what: 'token types are more than tokens',
      changes: { 'tokenizer.ggml.token_type': { type: 'int32s', value: [3, 3, 1, 1] } },
      rows: 3,
      reason: 'differ in number (3, 3, 4)',
    },
    { what: 'embeddings are more than tokens', changes: {}, rows: 4, reason: '3 tokens and 4 embeddings' },
    {
      what: 'tokens are no texts',
      changes: { 'tokenizer.ggml.tokens': { type: 'int32s', value: [1, 2, 3] } },
      rows: 3,
      reason: '"tokenizer.ggml.tokens" is an array of int32, not an array of string',
    },
  ])('refuses a file where $what', ({ changes, rows, reason }) => {
    const error = thrown(() => readVocabulary(parse(writeGguf({ ...parts, ...changes }, embedding(rows)))));
    expect(error.code).toBe('WORKER_MODEL_FILE_INVALID');
    expect(error.message).toContain(reason);
  });
});
