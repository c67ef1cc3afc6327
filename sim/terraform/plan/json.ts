/** Careful access to parsed JSON of which the shape is only promised. */

import type { JsonObject, JsonValue } from '../configuration.ts';

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** The member, never one that every object inherits. */
export function member(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

export function objectAt(value: JsonValue | undefined, name: string): JsonObject {
  const found = member(value, name);
  return isObject(found) ? found : {};
}

export function arrayAt(value: JsonValue | undefined, name: string): readonly JsonValue[] {
  const found = member(value, name);
  return isArray(found) ? found : [];
}

export function textAt(value: JsonValue | undefined, name: string): string | undefined {
  const found = member(value, name);
  return typeof found === 'string' ? found : undefined;
}
