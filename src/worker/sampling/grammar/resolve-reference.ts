/** Finds what a `$ref` within the same schema refers to (RFC 6901 JSON pointers in a fragment). Nothing is ever fetched. */

import { requireSchema, type Schema, type SchemaObject } from './read-schema.ts';
import { schemaInvalid, schemaUnsupported } from './schema-error.ts';

/** @throws DrydockError WORKER_SCHEMA_INVALID, WORKER_SCHEMA_UNSUPPORTED */
export function resolveReference(root: SchemaObject, reference: unknown): Schema {
  if (typeof reference !== 'string')
    throw schemaInvalid("'$ref' is no text", 'use a pointer such as #/$defs/name');
  if (reference !== '#' && !reference.startsWith('#/')) {
    throw schemaUnsupported('$ref outside of the schema', 'move what it refers to into $defs');
  }
  let found: unknown = root;
  for (const part of reference.split('/').slice(1)) {
    const key = decode(part).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) {
      throw schemaInvalid("a '$ref' refers to nothing", 'define it under $defs');
    }
    found = Object.entries(found).find(([name]) => name === key)?.[1];
  }
  return requireSchema(found, '$ref');
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw schemaInvalid("a '$ref' is no URI fragment", 'encode it as RFC 3986 says');
  }
}
