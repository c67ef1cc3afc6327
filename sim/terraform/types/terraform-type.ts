/**
 * Terraform's types. A list, set or map whose elements are all of one type is marked with it; an array without mark
 * is a tuple, and a `Map` without mark an object, as the literals `[…]` and `{…}` are. The mark stands beside the
 * value, so that whoever does not care sees an array or a `Map`.
 */

import { isLazyObject, isList, isMap, isSymbolic, type Value } from '../value.ts';

export interface ObjectAttribute {
  readonly type: TerraformType;
  readonly isOptional: boolean;
  /** What stands for it where it is left out or null; null if nothing is said. */
  readonly fallback: Value;
}

export type CollectionType =
  | { readonly kind: 'list'; readonly element: TerraformType }
  | { readonly kind: 'set'; readonly element: TerraformType }
  | { readonly kind: 'map'; readonly element: TerraformType };

export type TerraformType =
  | { readonly kind: 'any' }
  | { readonly kind: 'string' }
  | { readonly kind: 'number' }
  | { readonly kind: 'bool' }
  | CollectionType
  | { readonly kind: 'tuple'; readonly elements: readonly TerraformType[] }
  | { readonly kind: 'object'; readonly attributes: ReadonlyMap<string, ObjectAttribute> };

export const ANY: TerraformType = { kind: 'any' };
export const STRING: TerraformType = { kind: 'string' };
export const NUMBER: TerraformType = { kind: 'number' };
export const BOOL: TerraformType = { kind: 'bool' };

export function listOf(element: TerraformType): CollectionType {
  return { kind: 'list', element };
}

export function setOf(element: TerraformType): CollectionType {
  return { kind: 'set', element };
}

export function mapOf(element: TerraformType): CollectionType {
  return { kind: 'map', element };
}

const marks = new WeakMap<object, CollectionType>();

/** Marks the very value: it must be one that nobody else has got yet. */
export function markedAs<Kind extends readonly Value[] | ReadonlyMap<string, Value>>(
  value: Kind,
  type: CollectionType,
): Kind {
  marks.set(value, type);
  return value;
}

/** Undefined for what is no list, set or map of one element type. */
export function collectionTypeOf(value: Value): CollectionType | undefined {
  return typeof value === 'object' && value !== null ? marks.get(value) : undefined;
}

/** A set is an array without repetitions, in the order in which Terraform goes through it. */
export function isSet(value: Value): boolean {
  return collectionTypeOf(value)?.kind === 'set';
}

/** What is null or not known is of any type. */
export function typeOf(value: Value): TerraformType {
  if (value === null || isSymbolic(value) || isLazyObject(value)) return ANY;
  if (typeof value === 'string') return STRING;
  if (typeof value === 'number') return NUMBER;
  if (typeof value === 'boolean') return BOOL;
  const marked = collectionTypeOf(value);
  if (marked) return marked;
  if (isList(value)) return { kind: 'tuple', elements: value.map(typeOf) };
  if (!isMap(value)) return ANY;
  const attributes = [...value].map(([name, item]) => [name, required(typeOf(item))] as const);
  return { kind: 'object', attributes: new Map(attributes) };
}

export function required(type: TerraformType): ObjectAttribute {
  return { type, isOptional: false, fallback: null };
}

export function areTypesEqual(left: TerraformType, right: TerraformType): boolean {
  if (isCollectionType(left) && isCollectionType(right)) {
    return left.kind === right.kind && areTypesEqual(left.element, right.element);
  }
  if (left.kind === 'tuple' && right.kind === 'tuple') {
    return (
      left.elements.length === right.elements.length &&
      left.elements.every((type, index) => areTypesEqual(type, right.elements[index] ?? ANY))
    );
  }
  if (left.kind === 'object' && right.kind === 'object') {
    if (left.attributes.size !== right.attributes.size) return false;
    return [...left.attributes].every(([name, { type }]) => {
      const other = right.attributes.get(name);
      return other !== undefined && areTypesEqual(type, other.type);
    });
  }
  return left.kind === right.kind;
}

/** Whether `any` stands anywhere in it. */
export function isOpen(type: TerraformType): boolean {
  if (isCollectionType(type)) return isOpen(type.element);
  if (type.kind === 'tuple') return type.elements.some(isOpen);
  if (type.kind === 'object')
    return [...type.attributes.values()].some((attribute) => isOpen(attribute.type));
  return type.kind === 'any';
}

/** What values of the type are of: nothing is optional any more. */
export function concreteType(type: TerraformType): TerraformType {
  if (isCollectionType(type)) return { kind: type.kind, element: concreteType(type.element) };
  if (type.kind === 'tuple') return { kind: 'tuple', elements: type.elements.map(concreteType) };
  if (type.kind !== 'object') return type;
  const attributes = [...type.attributes].map(
    ([name, attribute]) => [name, required(concreteType(attribute.type))] as const,
  );
  return { kind: 'object', attributes: new Map(attributes) };
}

export function isCollectionType(type: TerraformType): type is CollectionType {
  return type.kind === 'list' || type.kind === 'set' || type.kind === 'map';
}

/** As it would be written: `list(string)`, `object({a = number})`. */
export function formatType(type: TerraformType): string {
  if (isCollectionType(type)) return `${type.kind}(${formatType(type.element)})`;
  if (type.kind === 'tuple') return `tuple([${type.elements.map(formatType).join(', ')}])`;
  if (type.kind !== 'object') return type.kind;
  const sorted = [...type.attributes].sort(([left], [right]) => (left < right ? -1 : 1));
  const attributes = sorted.map(([name, { type: inner, isOptional }]) => {
    const text = formatType(inner);
    return `${name} = ${isOptional ? `optional(${text})` : text}`;
  });
  return `object({${attributes.join(', ')}})`;
}

/** In a sentence: `a list of string`. */
export function describeType(type: TerraformType): string {
  if (isCollectionType(type)) {
    return type.element.kind === 'any' ? `a ${type.kind}` : `a ${type.kind} of ${formatType(type.element)}`;
  }
  if (type.kind === 'any') return 'any value';
  if (type.kind === 'object') return 'an object';
  return `a ${type.kind}`;
}
