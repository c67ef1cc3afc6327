/**
 * Members of a value: attributes and indexes. What lies inside a symbol is unknown; what is not there is an error of
 * Terraform's own, so that `try` may go on.
 */

import { computedMember, onlyBlock } from '../nested-blocks.ts';
import { invalid, type Site, type TerraformError } from '../site.ts';
import { isSet } from '../types/terraform-type.ts';
import {
  describeKind,
  isLazyObject,
  isList,
  isMap,
  isSymbolic,
  toNumber,
  toText,
  unknownBecause,
  type Value,
} from '../value.ts';

/** Terraform would fail on this too. */
export function failure(site: Site, reason: string): TerraformError {
  return invalid(site, { reason, nextStep: 'correct the expression', isTerraformsOwn: true });
}

export function attributeOf(container: Value, name: string, site: Site): Value {
  if (isList(container)) throw failure(site, `a list has no attribute "${name}"`);
  return memberOf(container, name, site);
}

export function memberOf(container: Value, key: Value, site: Site): Value {
  if (isSymbolic(container)) return unknownBecause(container);
  if (isSymbolic(key)) return unknownBecause(key);
  if (isLazyObject(container)) {
    if (typeof key === 'number') throw failure(site, `${container.address} has no instance ${key}`);
    return container.member(nameOf(key, site));
  }
  if (isMap(container)) {
    const name = nameOf(key, site);
    const found = container.get(name) ?? (container.has(name) ? null : absent(container, key, name));
    if (found === undefined) throw failure(site, `the object has no "${name}"`);
    return found;
  }
  if (!isList(container)) throw failure(site, `${describeKind(container)} has no members`);
  if (isSet(container)) throw failure(site, 'the elements of a set have no index');
  return itemOf(container, key, site);
}

function absent(object: ReadonlyMap<string, Value>, key: Value, name: string): Value | undefined {
  return onlyBlock(object, key) ?? computedMember(object, name);
}

function nameOf(key: Value, site: Site): string {
  const name = toText(key);
  if (name === undefined) throw failure(site, `a name cannot be ${describeKind(key)}`);
  return name;
}

function itemOf(list: readonly Value[], key: Value, site: Site): Value {
  const index = toNumber(key);
  if (index === undefined || !Number.isInteger(index))
    throw failure(site, 'the index of a list must be a whole number');
  const found = index < 0 ? undefined : list[index];
  if (found === undefined) throw failure(site, `the list has ${list.length} items, and no item ${index}`);
  return found;
}
