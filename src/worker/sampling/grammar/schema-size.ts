/** Bounds of a schema as it comes, before anything walks it by recursion. */

import { schemaInvalid } from './schema-error.ts';

const depthMax = 64;
const valuesMax = 20_000;
const charactersMax = 256 * 1024;

/** @throws DrydockError WORKER_SCHEMA_INVALID */
export function checkSize(schema: unknown): void {
  let values = 0;
  let characters = 0;
  const waiting: { readonly value: unknown; readonly depth: number }[] = [{ value: schema, depth: 1 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, depth } = next;
    values++;
    if (typeof value === 'string') characters += value.length;
    if (typeof value === 'object' && value !== null) {
      for (const [key, child] of Object.entries(value)) {
        characters += key.length;
        waiting.push({ value: child, depth: depth + 1 });
      }
    }
    if (depth > depthMax)
      throw schemaInvalid(`it is nested more than ${depthMax} deep`, 'use $defs and $ref');
    if (values > valuesMax || characters > charactersMax)
      throw schemaInvalid('it is too large', 'use a smaller schema');
  }
}
