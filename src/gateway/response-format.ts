/** OpenAI's `response_format`. */

import { z } from 'zod';
import type { ResponseFormat } from '../rpc/contract/generate.ts';
import { schemaField, schemaText } from './schema-text.ts';

/** A named schema's fields, wherever an API has them. */
export const jsonSchemaFields = {
  name: z.string().regex(/^[\w-]{1,64}$/, { error: 'must be 1 to 64 letters, digits, "_" or "-"' }),
  schema: schemaField,
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
  return {
    type: 'json_schema',
    schema: schemaText(format.json_schema.schema, 'response_format.json_schema.schema'),
  };
}
