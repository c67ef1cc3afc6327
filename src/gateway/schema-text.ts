/** JSON Schemas that a client sends. Whether one can be kept to is the worker's to say. */

import { z } from 'zod';
import { invalidParam } from './invalid-param.ts';

const schemaCharactersMax = 1_000_000;

// Not an object of zod's: that would give back another object, whose keys need not be in the client's order.
export const schemaField = z
  .custom<Readonly<Record<string, unknown>>>(isObject, { error: 'must be a JSON Schema object' })
  .meta({ type: 'object', description: 'A JSON Schema. Its properties keep their order in the answer.' });

/** As text, for the order of its properties is that of the answer's. @throws DrydockError GATEWAY_PARAM_INVALID */
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
