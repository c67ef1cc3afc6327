/**
 * Values of nested blocks of resources. Beside what is written they hold what the provider computes, so a member that
 * is not there is not known, where in any other object it would be a mistake.
 */

import type { JsonValue } from './configuration.ts';
import { isList, isMap, type Unknown, type Value } from './value.ts';

type Members = ReadonlyMap<string, Value>;

/** By the value: the address of the block. */
const blocks = new WeakMap<Members, string>();
/** Objects of JSON, which writes a single block and a map alike. */
const perhapsBlocks = new WeakMap<Members, string>();

/** Remembers which of the values are blocks. The value is the raw one's, evaluated. */
export function markNested(raw: JsonValue, value: Value, address: string): void {
  if (Array.isArray(raw) && isList(value)) {
    for (const [index, item] of raw.entries()) {
      const [inner, at] = [value[index] ?? null, `${address}[${index}]`];
      if (isMap(inner)) blocks.set(inner, at);
      markMembers(item, inner, at);
    }
  } else if (isMap(value)) {
    perhapsBlocks.set(value, address);
    markMembers(raw, value, address);
  }
}

function markMembers(raw: JsonValue, value: Value, address: string): void {
  if (typeof raw !== 'object' || raw === null || !isMap(value)) return;
  for (const [name, item] of Object.entries(raw)) {
    if (typeof item === 'object') markNested(item, value.get(name) ?? null, `${address}.${name}`);
  }
}

/** Of a member that is not written; undefined where the object is no block. */
export function computedMember(object: Members, name: string): Unknown | undefined {
  const address = blocks.get(object);
  return address === undefined
    ? undefined
    : { kind: 'unknown', reason: `${address}.${name} is known only after apply` };
}

/** Terraform has a list of blocks also where JSON writes a single one as an object. */
export function onlyBlock(object: Members, index: Value): Members | undefined {
  const address = index === 0 || index === '0' ? perhapsBlocks.get(object) : undefined;
  if (address === undefined) return undefined;
  const block = new Map(object);
  blocks.set(block, `${address}[0]`);
  return block;
}
