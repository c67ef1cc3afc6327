/** JSON Schemas that a client sends. Whether one can be kept to is the worker's to say. */

import { z } from 'zod';
import { invalidParam } from './invalid-param.ts';

const schemaCharactersMax = 1_000_000;
/** Above what a worker takes. Far deeper ones take seconds to write as text. */
const depthMax = 256;

// Not an object of zod's: that would give back another object, whose keys need not be in the client's order.
export const schemaField = z
  .custom<Readonly<Record<string, unknown>>>(isObject, { error: 'must be a JSON Schema object' })
  .meta({ type: 'object', description: 'A JSON Schema. Its properties keep their order in the answer.' });

/** As text, for the order of its properties is that of the answer's. @throws DrydockError GATEWAY_PARAM_INVALID */
export function schemaText(schema: object, param: string): string {
  if (isTooDeep(schema)) throw invalidParam(param, 'is nested too deep; flatten it');
  const text = JSON.stringify(schema);
  if (text.length > schemaCharactersMax) {
    throw invalidParam(param, `has more than ${schemaCharactersMax} characters; shorten it`);
  }
  return text;
}

function isTooDeep(schema: object): boolean {
  const waiting: { readonly value: object; readonly depth: number }[] = [{ value: schema, depth: 1 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, depth } = next;
    if (depth > depthMax) return true;
    for (const inner of Object.values(value)) {
      if (typeof inner === 'object' && inner !== null) waiting.push({ value: inner, depth: depth + 1 });
    }
  }
  return false;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
