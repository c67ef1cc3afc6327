/** What a configuration may ask for at most. A value beyond is refused, so that none exhausts time, memory or stack. */

import { type Site, unresolved } from '../site.ts';
import { isLazyObject, isList, isMap, type Value } from '../value.ts';

/** Elements of a list or map, and of all that is inside it; of a text, every 64 characters count as one more. */
export const ELEMENTS_MAX = 200_000;
export const TEXT_LENGTH_MAX = 1024 * 1024;
export const VALUE_DEPTH_MAX = 100;

interface Extent {
  readonly elements: number;
  readonly depth: number;
}

const SCALAR: Extent = { elements: 1, depth: 0 };
const CHARACTERS_PER_ELEMENT = 64;

/** Of values met before, so that a value that holds the same one many times is measured in one step. */
const extents = new WeakMap<object, Extent>();

/** A value that grows, before it is complete. */
export function refuseLarge(elements: number, site: Site): void {
  if (elements > ELEMENTS_MAX)
    throw unresolved(site, tooMuch(`a value of more than ${ELEMENTS_MAX} elements`));
}

/** Hands the value back if it is within the bounds. */
export function bounded<Kind extends Value>(value: Kind, site: Site): Kind {
  if (typeof value === 'string' && value.length > TEXT_LENGTH_MAX) {
    throw unresolved(site, tooMuch(`a text of more than ${TEXT_LENGTH_MAX} characters`));
  }
  const { elements, depth } = extentOf(value);
  refuseLarge(elements, site);
  if (depth > VALUE_DEPTH_MAX)
    throw unresolved(site, tooMuch(`a value of more than ${VALUE_DEPTH_MAX} levels`));
  return value;
}

function tooMuch(what: string) {
  return { reason: `it makes ${what}`, nextStep: 'make it smaller' };
}

/** How much work it may be to go through the value. */
export function elementsOf(value: Value): number {
  return extentOf(value).elements;
}

function extentOf(value: Value): Extent {
  if (typeof value === 'string') {
    return value.length < CHARACTERS_PER_ELEMENT
      ? SCALAR
      : { elements: 1 + Math.floor(value.length / CHARACTERS_PER_ELEMENT), depth: 0 };
  }
  if (typeof value !== 'object' || value === null || isLazyObject(value)) return SCALAR;
  if (!isList(value) && !isMap(value)) return SCALAR;
  const before = extents.get(value);
  if (before !== undefined) return before;
  let [elements, depth] = [1, 0];
  for (const item of value.values()) {
    const inner = extentOf(item);
    elements += inner.elements;
    depth = Math.max(depth, inner.depth);
  }
  const extent = { elements, depth: depth + 1 };
  extents.set(value, extent);
  return extent;
}
