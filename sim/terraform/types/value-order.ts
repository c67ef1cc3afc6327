/** The order in which Terraform goes through sets and keys, and what makes two elements of a set the same. */

import { isLazyObject, isList, isMap, isSymbolic, reasonOf, type Value } from '../value.ts';
import { markedAs, setOf, type TerraformType } from './terraform-type.ts';

/** By code points, as Go compares the bytes of UTF-8. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  let index = 0;
  while (index < left.length && left[index] === right[index]) index += 1;
  const isInPair = index > 0 && isTrailing(left.charCodeAt(index)) && isTrailing(right.charCodeAt(index));
  const start = isInPair ? index - 1 : index;
  return (left.codePointAt(start) ?? -1) - (right.codePointAt(start) ?? -1);
}

function isTrailing(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** Elements must be of the type already. */
export function setFrom(items: readonly Value[], element: TerraformType): readonly Value[] {
  return markedAs(distinctValues(items).sort(compareValues), setOf(element));
}

export function distinctValues(items: readonly Value[]): Value[] {
  const found = new Map<string, Value>();
  for (const item of items) {
    const key = identityOf(item);
    if (!found.has(key)) found.set(key, item);
  }
  return [...found.values()];
}

/** Known before null before what is not known. */
function compareValues(left: Value, right: Value): number {
  const [leftRank, rightRank] = [rankOf(left), rankOf(right)];
  if (leftRank !== rightRank) return leftRank - rightRank;
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'string' && typeof right === 'string') return compareText(left, right);
  return compareText(identityOf(left), identityOf(right));
}

function rankOf(value: Value): number {
  if (value === null) return 1;
  return isSymbolic(value) || isLazyObject(value) ? 2 : 0;
}

/** Equal for equal values; two symbols are equal when they say the same. Its length grows with the value's size alone. */
export function identityOf(value: Value): string {
  if (isSymbolic(value)) return prefixed('s', reasonOf(value));
  if (isLazyObject(value)) return prefixed('o', value.address);
  if (typeof value === 'string') return prefixed('t', value);
  if (isList(value)) return `l${value.length}[${value.map(identityOf).join('')}]`;
  if (!isMap(value)) return `${typeof value}:${value};`;
  const entries = [...value].sort(([left], [right]) => compareText(left, right));
  return `m${value.size}[${entries.map(([name, item]) => prefixed('t', name) + identityOf(item)).join('')}]`;
}

function prefixed(kind: string, text: string): string {
  return `${kind}${text.length}:${text}`;
}
