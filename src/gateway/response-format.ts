/** OpenAI's `response_format`. Whether a schema can be kept to is the worker's to say; here it need only be a JSON object. */

import { z } from 'zod';
import type { ResponseFormat } from '../rpc/contract/generate.ts';
import { invalidParam } from './invalid-param.ts';

const schemaCharactersMax = 1_000_000;

// Not an object of zod's: that would give back another object, whose keys need not be in the client's order.
const jsonSchema = z
  .custom<object>(isObject, { error: 'must be a JSON Schema object' })
  .meta({ type: 'object', description: 'A JSON Schema. Its properties keep their order in the answer.' });

/** A named schema's fields, wherever an API has them. */
export const jsonSchemaFields = {
  name: z.string().regex(/^[\w-]{1,64}$/, { error: 'must be 1 to 64 letters, digits, "_" or "-"' }),
  schema: jsonSchema,
  // The schema is kept to either way.
  strict: z.boolean().nullish(),
};

const known = z.discriminatedUnion(
  'type',
  [
    z.looseObject({ type: z.literal('text') }),
    z.looseObject({ type: z.literal('json_object') }),
    z.looseObject({
      type: z.literal('json_schema'),
      json_schema: z.looseObject(jsonSchemaFields),
    }),
  ],
  { error: 'must be of the type text, json_object or json_schema' },
);

export const responseFormatField = known.nullish();

/** @returns `undefined` for any text. @throws DrydockError GATEWAY_PARAM_INVALID */
export function toResponseFormat(format: z.infer<typeof responseFormatField>): ResponseFormat | undefined {
  if (!format || format.type === 'text') return undefined;
  if (format.type === 'json_object') return { type: 'json_object' };
  const param = 'response_format.json_schema.schema';
  return { type: 'json_schema', schema: schemaText(format.json_schema.schema, param) };
}

/**
 * As text, for the order of its properties is that of the answer's.
 * @param param what the client calls it.
 * @throws DrydockError GATEWAY_PARAM_INVALID
 */
export function schemaText(schema: object, param: string): string {
  let text: string;
  try {
    text = JSON.stringify(schema);
  } catch {
    // What is read without recursion can be nested deeper than can be written.
    throw invalidParam(param, 'is nested too deep; flatten it');
  }
  if (text.length > schemaCharactersMax) {
    throw invalidParam(param, `has more than ${schemaCharactersMax} characters; shorten it`);
  }
  return text;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
