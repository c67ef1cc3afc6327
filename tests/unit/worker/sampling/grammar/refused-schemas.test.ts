import { expect, test } from 'vitest';
import { compileSchema } from '../../../../../src/worker/sampling/grammar/compile-schema.ts';
import { thrown } from '../../thrown.ts';

const compile = (schema: Record<string, unknown>) => () =>
  compileSchema({ type: 'json_schema', schema: JSON.stringify(schema) });
const nested = (depth: number): object => (depth === 0 ? {} : { type: 'array', items: nested(depth - 1) });
const counted = (depth: number): object =>
  depth === 0 ? {} : { type: 'array', minItems: 4_000, items: counted(depth - 1) };

test.each([
  ['allOf', { allOf: [{ type: 'string' }] }],
  ['oneOf', { oneOf: [{ type: 'string' }] }],
  ['not', { not: { type: 'string' } }],
  ['if', { if: {} }],
  ['multipleOf', { type: 'integer', multipleOf: 7 }],
  ['uniqueItems', { type: 'array', uniqueItems: true }],
  ['prefixItems', { type: 'array', prefixItems: [] }],
  ['contains', { type: 'array', contains: {} }],
  ['patternProperties', { type: 'object', patternProperties: {} }],
  ['minProperties', { type: 'object', minProperties: 1 }],
  ['format iri', { type: 'string', format: 'iri' }],
  ['pattern beside format', { type: 'string', format: 'date', pattern: 'a' }],
  ['minLength or maxLength beside', { type: 'string', minLength: 2, pattern: 'a' }],
  ['enum beside minLength', { type: 'string', enum: ['a'], minLength: 2 }],
  ['anyOf beside type', { type: 'string', anyOf: [{}] }],
  ['$ref outside of the schema', { $ref: 'https://example.org/schema' }],
  ['pattern with lookahead', { type: 'string', pattern: '(?=a)b' }],
  ['pattern with lookbehind', { type: 'string', pattern: '(?<!a)b' }],
  ['pattern with \\1', { type: 'string', pattern: '(a)\\1' }],
  ['pattern with \\b', { type: 'string', pattern: 'a\\b' }],
  ['pattern with \\p', { type: 'string', pattern: '\\p{L}' }],
  ['pattern with an anchor inside', { type: 'string', pattern: '(^a)b' }],
  ['pattern with an anchor inside', { type: 'string', pattern: 'a$b' }],
  ['pattern with more than 1000 repetitions', { type: 'string', pattern: 'a{1001}' }],
  ['pattern as complex as this', { type: 'string', pattern: '^(a|b)*a(a|b){24}$' }],
  ['pattern as complex as this', { type: 'string', pattern: '^(a?b?){1000}$' }],
  ['maxLength above 2000', { type: 'string', maxLength: 2_001 }],
  ['maxItems above 4000', { type: 'array', maxItems: 4_001 }],
  ['minimum or maximum of more than 19 digits', { type: 'number', minimum: 1e20 }],
])('refuses %s by name', (keyword, schema) => {
  const deep = { type: 'object', properties: { deep: { type: 'array', items: schema } } };
  expect(thrown(compile(deep))).toMatchObject({
    code: 'WORKER_SCHEMA_UNSUPPORTED',
    message: expect.stringContaining(`could not enforce the schema: '${keyword}`),
  });
});

test.each([
  ["'type' is none that JSON has", { type: 'banana' }],
  ["'type' is none that JSON has", { type: ['string', 'banana'] }],
  ["'anyOf' holds no schemas", { anyOf: [] }],
  ["'enum' holds no values or too many", { enum: [] }],
  ["'enum' holds no values or too many", { enum: Array.from({ length: 1_001 }, (_, at) => at) }],
  ["'items' holds no schema", { type: 'array', items: [{}] }],
  ["'properties' is no object", { type: 'object', properties: true }],
  ["'required' holds no names", { type: 'object', required: [1] }],
  ["'minItems' is no count", { type: 'array', minItems: -1 }],
  ["'minItems' is above 'maxItems'", { type: 'array', minItems: 2, maxItems: 1 }],
  ["'minLength' is above 'maxLength'", { type: 'string', minLength: 2, maxLength: 1 }],
  ["'minimum' is no number", { type: 'number', minimum: '1' }],
  ['no number lies between its bounds', { type: 'integer', minimum: 1.2, maximum: 1.8 }],
  ['no number lies between its bounds', { type: 'number', exclusiveMinimum: 1, maximum: 1 }],
  ['no value satisfies it', { type: 'string', enum: [1] }],
  ['no value satisfies it', { type: 'object', required: ['a'], properties: { a: { $ref: '#' } } }],
  ['no value satisfies it', { type: 'object', required: ['a'], properties: {}, additionalProperties: false }],
  ['it refers to itself with nothing in between', { $ref: '#' }],
  ['it refers to itself with nothing in between', { anyOf: [{ type: 'null' }, { $ref: '#' }] }],
  ["a '$ref' refers to nothing", { $ref: '#/$defs/none' }],
  ["a '$ref' refers to nothing", { $ref: '#/__proto__' }],
  ['a pattern is no regular expression', { type: 'string', pattern: '(' }],
  ['a pattern has more than 1000 characters', { type: 'string', pattern: 'a'.repeat(1_001) }],
  ['a pattern is nested too deeply', { type: 'string', pattern: `${'('.repeat(60)}a${')'.repeat(60)}` }],
  ['it is nested more than 64 deep', nested(65)],
  ['it is too large', { enum: [Array.from({ length: 20_001 }, () => 1)] }],
  ['it is too large', { description: 'a'.repeat(300_000) }],
  ['it is too large', { type: 'string', pattern: '((a|b){1,200}){1,200}' }],
  ['it is too large', counted(5)],
] as [string, Record<string, unknown>][])(
  'refuses a schema of which it must say that %s',
  (reason, schema) => {
    expect(compile(schema)).toThrow(`could not read the schema: ${reason}`);
    expect(compile(schema)).toThrow(expect.objectContaining({ code: 'WORKER_SCHEMA_INVALID' }));
  },
);

test('takes what is just within the bounds', () => {
  expect(compile({ type: 'string', maxLength: 2_000 })).not.toThrow();
  expect(compile({ type: 'array', maxItems: 4_000 })).not.toThrow();
  expect(compile({ enum: Array.from({ length: 1_000 }, (_, at) => at) })).not.toThrow();
  expect(compile({ type: 'array', uniqueItems: false })).not.toThrow();
});

test('names a keyword no further than its beginning', () => {
  expect(compile({ [`secret${'x'.repeat(500)}`]: 1 })).toThrow(/'secretx{58}…' is not supported/);
});
