/**
 * Terraform's conversion of a value to a type: between text, numbers and bools, between lists, sets and tuples, between
 * maps and objects. What is not known before apply passes as it is. An error says what was wanted, what was found, and
 * where inside.
 */

import { invalid, type Site } from '../site.ts';
import {
  describeKind,
  isLazyObject,
  isList,
  isMap,
  isSymbolic,
  type LazyObject,
  toBoolean,
  toNumber,
  toText,
  type Unknown,
  type Value,
} from '../value.ts';
import {
  areTypesEqual,
  type CollectionType,
  collectionTypeOf,
  concreteType,
  describeType,
  isOpen,
  listOf,
  mapOf,
  markedAs,
  type TerraformType,
  typeOf,
} from './terraform-type.ts';
import { unifyTypes } from './unify-types.ts';
import { setFrom } from './value-order.ts';

/** Why a value is not of a type; `path` as one would write it behind the value's name: `.ports[0]`. */
export class ConversionProblem extends Error {
  override readonly name = 'ConversionProblem';
  readonly path: string;

  constructor(message: string, path: string) {
    super(message);
    this.path = path;
  }
}

/** Throws SIM_TERRAFORM_INVALID, on which `try` goes on. */
export function convertToType(value: Value, type: TerraformType, site: Site): Value {
  try {
    return convertValue(value, type);
  } catch (error) {
    if (!(error instanceof ConversionProblem)) throw error;
    const where = error.path === '' ? '' : `${error.path}: `;
    throw invalid(site, {
      reason: `${where}${error.message}`,
      nextStep: 'correct it',
      isTerraformsOwn: true,
    });
  }
}

/** Throws ConversionProblem. */
export function convertValue(value: Value, type: TerraformType, path = ''): Value {
  if (type.kind === 'any' || value === null || isSymbolic(value)) return value;
  if (isLazyObject(value)) return convertLazyObject(value, type, path);
  const converted = convertKnown(value, type, path);
  if (converted === undefined) throw mismatch(value, type, path);
  return converted;
}

function mismatch(value: Value, type: TerraformType, path: string): ConversionProblem {
  return new ConversionProblem(`${describeType(type)} is required, it is ${describeKind(value)}`, path);
}

function convertKnown(value: Value, type: TerraformType, path: string): Value | undefined {
  switch (type.kind) {
    case 'string':
      return toText(value);
    case 'number':
      return toNumber(value);
    case 'bool':
      return toBoolean(value);
    case 'tuple':
      return isList(value) ? convertTuple(value, type, path) : undefined;
    case 'object':
      return isMap(value) ? convertObject(value, type, path) : undefined;
    case 'map':
      return isMap(value) ? convertMap(value, type, path) : undefined;
    case 'list':
    case 'set':
      return isList(value) ? convertSequence(value, type, path) : undefined;
    default:
      return value;
  }
}

function convertTuple(
  value: readonly Value[],
  type: Extract<TerraformType, { kind: 'tuple' }>,
  path: string,
): Value {
  if (value.length !== type.elements.length) {
    throw new ConversionProblem(`${type.elements.length} items are required, it has ${value.length}`, path);
  }
  return type.elements.map((element, index) =>
    convertValue(value[index] ?? null, element, `${path}[${index}]`),
  );
}

function convertObject(
  value: ReadonlyMap<string, Value>,
  type: Extract<TerraformType, { kind: 'object' }>,
  path: string,
): Value {
  const converted = new Map<string, Value>();
  for (const [name, attribute] of type.attributes) {
    const written = value.get(name);
    if (written === undefined && !attribute.isOptional) {
      throw new ConversionProblem(`the attribute "${name}" is required`, path);
    }
    // A default stands for null too; its own inner defaults are filled in by converting it.
    const chosen = written ?? attribute.fallback;
    converted.set(name, convertValue(chosen, attribute.type, `${path}.${name}`));
  }
  return converted;
}

function convertSequence(value: readonly Value[], type: CollectionType, path: string): Value {
  const known = collectionTypeOf(value);
  if (known && areTypesEqual(known, type)) return value;
  const { items, element } = convertElements(
    value.map((item, index) => ({ item, path: `${path}[${index}]` })),
    type,
    path,
  );
  return type.kind === 'set' ? setFrom(items, element) : markedAs(items, listOf(element));
}

function convertMap(value: ReadonlyMap<string, Value>, type: CollectionType, path: string): Value {
  const known = collectionTypeOf(value);
  if (known && areTypesEqual(known, type)) return value;
  const { items, element } = convertElements(
    [...value].map(([name, item]) => ({ item, path: `${path}[${JSON.stringify(name)}]` })),
    type,
    path,
  );
  const names = [...value.keys()];
  return markedAs(new Map(names.map((name, index) => [name, items[index] ?? null])), mapOf(element));
}

interface Converted {
  readonly items: Value[];
  readonly element: TerraformType;
}

/** Where the type leaves something open, the elements say together what it is. */
function convertElements(
  elements: readonly { readonly item: Value; readonly path: string }[],
  type: CollectionType,
  path: string,
): Converted {
  const items = elements.map((element) => convertValue(element.item, type.element, element.path));
  if (!isOpen(type.element)) return { items, element: concreteType(type.element) };
  const unified = unifyTypes(items.map(typeOf));
  if (unified === undefined) {
    throw new ConversionProblem(`all items of ${describeType(type)} must be of one type`, path);
  }
  return {
    items: items.map((item, index) => convertValue(item, unified, elements[index]?.path)),
    element: unified,
  };
}

/** A resource as a whole is not known; its attributes are asked for by name. */
function convertLazyObject(value: LazyObject, type: TerraformType, path: string): Value {
  if (type.kind === 'object') {
    const names = new Set(value.names());
    const needed = [...type.attributes].filter(([name, { isOptional }]) => !isOptional || names.has(name));
    return convertObject(new Map(needed.map(([name]) => [name, value.member(name)])), type, path);
  }
  if (type.kind !== 'map') throw mismatch(value, type, path);
  return value.isComplete ? convertMap(wholeOf(value), type, path) : unknownWhole(value);
}

export function wholeOf(value: LazyObject): ReadonlyMap<string, Value> {
  return new Map(value.names().map((name) => [name, value.member(name)]));
}

export function unknownWhole(value: LazyObject): Unknown {
  return { kind: 'unknown', reason: `${value.address} as a whole is known only after apply` };
}
