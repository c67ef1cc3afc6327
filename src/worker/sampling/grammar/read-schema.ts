/**
 * Reads what a schema says as far as we enforce it. A keyword that we would have to ignore is refused by name. Annotations
 * are skipped, and so are known keywords of another type than the schema has: JSON Schema gives them no effect there.
 */

import { schemaInvalid, schemaUnsupported } from './schema-error.ts';

export type JsonType = 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean' | 'null';
export type SchemaObject = Readonly<Record<string, unknown>>;
export type Schema = SchemaObject | boolean;

const types: readonly JsonType[] = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'];

/** The type that each keyword speaks of. */
const keywordTypes: Readonly<Record<string, JsonType>> = {
  properties: 'object',
  required: 'object',
  additionalProperties: 'object',
  items: 'array',
  minItems: 'array',
  maxItems: 'array',
  uniqueItems: 'array',
  minLength: 'string',
  maxLength: 'string',
  pattern: 'string',
  format: 'string',
  minimum: 'number',
  maximum: 'number',
  exclusiveMinimum: 'number',
  exclusiveMaximum: 'number',
};

const general = new Set(['type', 'enum', 'const', 'anyOf', '$ref']);

/** They assert nothing. */
const annotations = new Set([
  '$schema',
  '$id',
  '$comment',
  '$defs',
  'definitions',
  'title',
  'description',
  'default',
  'example',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
]);

export interface ReadSchema {
  /** What beside the type says which values are meant; only one of them may stand in a schema. */
  readonly choice: 'enum' | 'const' | 'anyOf' | '$ref' | undefined;
  /** Types of the values; those that keywords imply where `type` is absent, all where nothing implies any. */
  readonly types: readonly JsonType[];
  readonly isTyped: boolean;
}

/** @throws DrydockError WORKER_SCHEMA_INVALID, WORKER_SCHEMA_UNSUPPORTED */
export function readSchema(schema: SchemaObject): ReadSchema {
  const asserting = Object.keys(schema).filter((key) => !annotations.has(key));
  for (const key of asserting) {
    if (!general.has(key) && !Object.hasOwn(keywordTypes, key)) throw schemaUnsupported(key);
  }
  if (schema.uniqueItems !== undefined && schema.uniqueItems !== false)
    throw schemaUnsupported('uniqueItems');
  const choices = asserting.filter(
    (key): key is NonNullable<ReadSchema['choice']> => general.has(key) && key !== 'type',
  );
  const others = asserting.filter((key) => !general.has(key));
  const [choice] = choices;
  const besides =
    choice === '$ref' || choice === 'anyOf' ? asserting.filter((key) => key !== choice) : others;
  const beside = choices[1] ?? besides[0];
  if (choice !== undefined && beside !== undefined) {
    throw schemaUnsupported(`${choice} beside ${beside}`, 'state it in one of the two alone');
  }
  const isTyped = schema.type !== undefined;
  return { choice, types: isTyped ? readTypes(schema.type) : impliedTypes(others), isTyped };
}

function readTypes(type: unknown): JsonType[] {
  const names: readonly unknown[] = Array.isArray(type) ? type : [type];
  const read = types.filter((name) => names.includes(name));
  if (read.length !== new Set(names).size || read.length === 0) {
    throw schemaInvalid("'type' is none that JSON has", `use one of ${types.join(', ')}`);
  }
  return read;
}

/** Without `type` a schema allows other types too; we keep to those that it speaks of, which it allows as well. */
function impliedTypes(keywords: readonly string[]): JsonType[] {
  const implied = types.filter((type) => keywords.some((keyword) => keywordTypes[keyword] === type));
  return implied.length > 0 ? implied : types.filter((type) => type !== 'integer');
}

export function isSchema(value: unknown): value is Schema {
  return typeof value === 'boolean' || (typeof value === 'object' && value !== null && !Array.isArray(value));
}

/** @throws DrydockError WORKER_SCHEMA_INVALID */
export function requireSchema(value: unknown, keyword: string): Schema {
  if (isSchema(value)) return value;
  throw schemaInvalid(`'${keyword}' holds no schema`, 'use an object');
}

/** A whole number that is not negative. @throws DrydockError WORKER_SCHEMA_INVALID, WORKER_SCHEMA_UNSUPPORTED */
export function readCount(schema: SchemaObject, keyword: string, max: number): number | undefined {
  const value = schema[keyword];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    throw schemaInvalid(`'${keyword}' is no count`, 'use a whole number from 0');
  }
  if (value > max) throw schemaUnsupported(`${keyword} above ${max}`, 'use a smaller number');
  return value;
}
