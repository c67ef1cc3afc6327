import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ResponseFormat } from '../../../../../src/rpc/contract/generate.ts';
import { createGrammarCompiler } from '../../../../../src/worker/sampling/grammar-compiler.ts';
import { createRandom } from '../../../../../src/worker/sampling/random.ts';
import { tokenBytes } from '../../../../../src/worker/sampling/token-bytes.ts';
import { createTokenChooser } from '../../../../../src/worker/sampling/token-chooser.ts';
import { decodeAll, vocabularyOf } from '../../text/vocabularies.ts';
import { randomLogits } from '../numbers.ts';
import { schemaFormat } from './formats-of.ts';
import { isValid } from './validate-schema.ts';

const pieces = [
  '{"',
  '"}',
  '":',
  '":"',
  '","',
  '",▁"',
  '},',
  '}],',
  '}]}',
  '[]',
  '{}',
  '[{"',
  '"]',
  '],"',
  ',"',
  ':▁',
  '}}',
  ']]',
  'true',
  'null',
  'als',
  'ull,"',
  '12',
  '.5',
  '3,',
  '1]',
  '0}',
  '-',
  '▁▁',
  '\n',
  '\n▁▁',
  '\\"',
  '\\u00',
  '日',
  '本"',
  '😀',
  'kids',
  'ids":',
  'na',
  'me',
  '"name',
  '"name":',
  'v":',
  'ab',
  'abc',
  'bc"',
  '"a',
  '2024-',
  '-01',
  'T1',
  ':00',
  'A-1',
];
const vocabulary = vocabularyOf(pieces);
const size = vocabulary.tokens.length;
const endTokenIds = new Set([vocabulary.eosId]);
const grammars = createGrammarCompiler(vocabulary, endTokenIds);

const leaf = fc.constantFrom<object>(
  { type: 'string' },
  { type: 'string', minLength: 1, maxLength: 4 },
  { type: 'string', maxLength: 90 },
  { type: 'string', pattern: '^[a-c]+(-\\d{1,3})?$' },
  { type: 'string', format: 'date' },
  { type: 'integer' },
  { type: 'integer', minimum: -3, maximum: 120 },
  { type: 'number', exclusiveMinimum: 0.25, maximum: 12.5 },
  { type: 'number' },
  { type: 'boolean' },
  { type: ['string', 'null'] },
  { enum: ['ab', 'abc', 'b', 1, 12, null] },
  { const: { name: ['日', 1] } },
);
const names = ['a', 'name', 'kids', 'v', '日"'];
const { schema: anySchema } = fc.letrec<{ schema: object }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3, depthSize: 'small', withCrossShrink: true },
    leaf,
    fc
      .record({
        kept: fc.uniqueArray(fc.constantFrom(...names), { minLength: 1 }),
        schemas: fc.array(tie('schema'), { minLength: 5, maxLength: 5 }),
        required: fc.subarray(names),
        additional: fc.option(fc.oneof(fc.constant(false), tie('schema')), { nil: undefined }),
      })
      .map(({ kept, schemas, required, additional }) => ({
        type: 'object',
        properties: Object.fromEntries(kept.map((name, at) => [name, schemas[at]])),
        required: required.filter((name) => kept.includes(name)),
        ...(additional === undefined ? {} : { additionalProperties: additional }),
      })),
    fc
      .record({
        items: tie('schema'),
        min: fc.integer({ min: 0, max: 2 }),
        more: fc.option(fc.integer({ min: 0, max: 2 })),
      })
      .map(({ items, min, more }) => ({
        type: 'array',
        items,
        minItems: min,
        ...(more === null ? {} : { maxItems: min + more }),
      })),
    fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
  ),
}));

const tree = {
  $defs: {
    tree: {
      type: 'object',
      properties: {
        v: { type: 'number' },
        kids: { anyOf: [{ type: 'array', items: { $ref: '#/$defs/tree' } }, { type: 'null' }] },
      },
      required: ['v', 'kids'],
      additionalProperties: false,
    },
  },
  $ref: '#/$defs/tree',
};
const formats: fc.Arbitrary<ResponseFormat> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<ResponseFormat>({ type: 'json_object' }) },
  { weight: 1, arbitrary: fc.constant(schemaFormat(tree)) },
  { weight: 8, arbitrary: anySchema.map(schemaFormat) },
);

const stepsMax = 3_000;

/** A long answer is drawn towards its end by closing characters that grow likelier. */
async function answer(responseFormat: ResponseFormat, seed: number): Promise<string> {
  const sampling = { maxTokens: stepsMax, temperature: 1, topP: 1, stop: [], responseFormat };
  const chooser = await createTokenChooser(
    { vocabulary, endTokenIds, grammars },
    { sampling, promptIds: [], seed },
  );
  const random = createRandom(seed);
  const ids: number[] = [];
  while (!chooser.isComplete && ids.length < stepsMax) {
    const row = randomLogits(size, random);
    for (const byte of '"]}') row[byte.charCodeAt(0)] = Math.min(ids.length / 4, 60);
    row[vocabulary.eosId] = 60;
    const { id } = chooser.choose(row);
    if (id === vocabulary.eosId) break;
    ids.push(id);
  }
  expect(ids.length).toBeLessThan(stepsMax);
  return decodeAll(vocabulary, ids);
}

test('lets nothing through that does not parse and satisfy the schema, however the model draws', async () => {
  await fc.assert(
    fc.asyncProperty(formats, fc.integer({ min: 0, max: 1e6 }), async (format, seed) => {
      const value: unknown = JSON.parse(await answer(format, seed));
      const schema = format.type === 'json_schema' ? JSON.parse(format.schema) : { type: 'object' };
      expect(isValid(schema, value)).toBe(true);
    }),
    { numRuns: 40 },
  );
});

test('masks exactly the tokens that cannot come next', async () => {
  const endless = createGrammarCompiler(vocabulary, endTokenIds);
  await fc.assert(
    fc.asyncProperty(formats, fc.integer({ min: 0, max: 1e6 }), async (format, seed) => {
      const random = createRandom(seed);
      const matcher = await endless.start(format);
      const ids: number[] = [];
      for (let step = 0; step < 12 && matcher !== undefined; step++) {
        const row = new Float32Array(size);
        matcher.mask(row);
        const open = [...row.keys()].filter((id) => row[id] === 0);
        const next = [];
        for (let id = 0; id < size; id++) if (await canFollow(format, ids, id)) next.push(id);
        expect(open).toEqual(next);
        const chosen = open[Math.floor(random.next() * open.length)] ?? vocabulary.eosId;
        expect(matcher.accept(chosen)).toBe(true);
        ids.push(chosen);
        if (chosen === vocabulary.eosId) break;
      }
    }),
    { numRuns: 4 },
  );
});

const followers = createGrammarCompiler(vocabularyOf([]), endTokenIds);

/** Byte by byte, by a vocabulary that has no longer tokens. */
async function canFollow(format: ResponseFormat, ids: readonly number[], id: number): Promise<boolean> {
  const matcher = await followers.start(format);
  if (matcher === undefined) return false;
  for (const before of ids) for (const byte of bytesOrEnd(before)) matcher.accept(byte);
  const last = bytesOrEnd(id);
  return last.length > 0 && last.every((byte) => matcher.accept(byte));
}

const bytesOrEnd = (id: number) => (id === vocabulary.eosId ? [id] : [...tokenBytes(vocabulary, id)]);
