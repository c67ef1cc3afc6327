/** The vocabulary of the fixture, and vocabularies whose parts do not fit. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Gguf, parseGgufHeader } from '../../../../src/worker/gguf/gguf-header.ts';
import { readVocabulary } from '../../../../src/worker/gguf/gguf-vocabulary.ts';
import { tokenTypes } from '../../../../src/worker/vocabulary.ts';
import { thrown } from '../thrown.ts';

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
});
