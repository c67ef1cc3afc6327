/**
 * Terraform's `==`: nothing is converted, and a list is never equal to a tuple, nor a map to an object. Where a symbol
 * decides, the answer is that symbol.
 */

import { isLazyObject, isList, isMap, isSymbolic, type Symbolic, type Value } from '../value.ts';
import { unknownWhole } from './convert-to-type.ts';
import { areDistinct, prefixOf } from './identities.ts';
import { areTypesEqual, collectionTypeOf } from './terraform-type.ts';

export function areEqual(left: Value, right: Value): boolean | Symbolic {
  if (isLazyObject(left) || isLazyObject(right)) return areLazyEqual(left, right);
  if (isSymbolic(left)) return isSymbolEqual(left, right);
  if (isSymbolic(right)) return isSymbolEqual(right, left);
  const [leftType, rightType] = [collectionTypeOf(left), collectionTypeOf(right)];
  const isSameType = leftType && rightType ? areTypesEqual(leftType, rightType) : leftType === rightType;
  if (isList(left) && isList(right)) {
    if (!isSameType) return false;
    return allEqual(left.length, right.length, left.entries(), (index) => right[index] ?? null);
  }
  if (isMap(left) && isMap(right)) {
    if (!isSameType || [...left.keys()].some((name) => !right.has(name))) return false;
    return allEqual(left.size, right.size, left, (name) => right.get(name) ?? null);
  }
  return left === right;
}

/** A certain difference decides, whatever else is not known. */
function allEqual<Key>(
  leftSize: number,
  rightSize: number,
  items: Iterable<readonly [Key, Value]>,
  other: (key: Key) => Value,
): boolean | Symbolic {
  if (leftSize !== rightSize) return false;
  let undecided: Symbolic | undefined;
  for (const [key, item] of items) {
    const result = areEqual(item, other(key));
    if (result === false) return false;
    if (result !== true) undecided ??= result;
  }
  return undecided ?? true;
}

/** Every resource has an id and an ARN once it exists, and a launch template its versions. */
export function isNeverEmpty(symbol: Symbolic): boolean {
  return symbol.kind === 'reference' && NEVER_EMPTY.has(symbol.attribute);
}

const NEVER_EMPTY: ReadonlySet<string> = new Set(['id', 'arn', 'default_version', 'latest_version']);

function isSymbolEqual(symbol: Symbolic, other: Value): boolean | Symbolic {
  if ((other === null || other === '') && isNeverEmpty(symbol)) return false;
  const prefix = prefixOf(symbol);
  if (prefix !== undefined && typeof other === 'string' && !other.startsWith(prefix)) return false;
  if (symbol.kind !== 'reference' || !isSymbolic(other) || other.kind !== 'reference') return symbol;
  if (areDistinct(symbol, other) && symbol.address !== other.address) return false;
  return symbol.address === other.address && symbol.attribute === other.attribute ? true : symbol;
}

function areLazyEqual(left: Value, right: Value): boolean | Symbolic {
  if (left === null || right === null) return false;
  if (isLazyObject(left) && isLazyObject(right) && left.address === right.address) return true;
  if (isLazyObject(left)) return unknownWhole(left);
  return isLazyObject(right) ? unknownWhole(right) : false;
}
