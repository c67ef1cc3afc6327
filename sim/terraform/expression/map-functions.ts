/** Terraform's functions on maps and objects. */

import { convertValue } from '../types/convert-to-type.ts';
import {
  areTypesEqual,
  collectionTypeOf,
  isSet,
  listOf,
  mapOf,
  markedAs,
  STRING,
} from '../types/terraform-type.ts';
import { compareText } from '../types/value-order.ts';
import { isSymbolic, unknownBecause, type Value } from '../value.ts';
import {
  ArgumentProblem,
  define,
  type FunctionTable,
  listArgument,
  MAP_OF_TEXTS,
  mapArgument,
  TEXT,
  TEXTS,
  textArgument,
  textsArgument,
  VALUE,
  VALUE_OR_NULL,
} from './terraform-function.ts';

const SHALLOW = { strictness: 'shallow' } as const;

export const MAP_FUNCTIONS: FunctionTable = {
  keys: define([VALUE], keys, SHALLOW),
  values: define([VALUE], valuesOf, SHALLOW),
  lookup: define([VALUE, TEXT, VALUE_OR_NULL], lookup, { optional: 1, strictness: 'none' }),
  merge: define([], merge, { rest: VALUE_OR_NULL, ...SHALLOW }),
  transpose: define([MAP_OF_TEXTS], (values) => transpose(mapArgument(values, 0))),
  zipmap: define([TEXTS, VALUE], zipMap, SHALLOW),
};

function sortedNames(map: ReadonlyMap<string, Value>): readonly string[] {
  return [...map.keys()].sort(compareText);
}

function keys(values: readonly Value[]): Value {
  const map = mapArgument(values, 0);
  const names = [...sortedNames(map)];
  return collectionTypeOf(map) ? markedAs(names, listOf(STRING)) : names;
}

function valuesOf(values: readonly Value[]): Value {
  const map = mapArgument(values, 0);
  const items = sortedNames(map).map((name) => map.get(name) ?? null);
  const type = collectionTypeOf(map);
  return type ? markedAs(items, listOf(type.element)) : items;
}

/** The default of a map must be of its elements' type. */
function lookup(values: readonly Value[]): Value {
  const symbol = values.slice(0, 2).find((value) => isSymbolic(value));
  if (symbol !== undefined && isSymbolic(symbol)) return unknownBecause(symbol);
  const map = mapArgument(values, 0);
  const type = collectionTypeOf(map);
  const hasDefault = values.length > 2;
  const fallback = type && hasDefault ? convertValue(values[2] ?? null, type.element) : (values[2] ?? null);
  const name = textArgument(values, 1);
  const found = map.get(name);
  if (found !== undefined) return found;
  if (!hasDefault) throw new ArgumentProblem(`the map has no "${name}"`);
  return fallback;
}

/** Maps of one type give a map; anything else an object. */
function merge(values: readonly Value[]): Value {
  const maps = values.map((value, index) =>
    value === null ? new Map<string, Value>() : mapArgument(values, index),
  );
  const merged = new Map(maps.flatMap((map) => [...map]));
  const types = values.filter((value) => value !== null).map((value) => collectionTypeOf(value));
  const [first] = types;
  const isMapOfOneType = first && types.every((type) => type && areTypesEqual(type, first));
  return isMapOfOneType ? markedAs(merged, first) : merged;
}

function transpose(map: ReadonlyMap<string, Value>): Value {
  const found = new Map<string, string[]>();
  for (const name of sortedNames(map)) {
    for (const item of textsArgument([map.get(name) ?? null], 0)) {
      const names = found.get(item);
      if (names) names.push(name);
      else found.set(item, [name]);
    }
  }
  const marked = [...found].map(([item, names]) => [item, markedAs(names, listOf(STRING))] as const);
  return markedAs(new Map(marked), mapOf(listOf(STRING)));
}

function zipMap(values: readonly Value[]): Value {
  const names = listArgument(values, 0);
  const items = listArgument(values, 1);
  if (isSet(items)) throw new ArgumentProblem('argument 2 must be a list, it is a set');
  if (names.length !== items.length) throw new ArgumentProblem('there must be as many keys as values');
  const zipped = new Map<string, Value>();
  for (const [index, name] of names.entries()) {
    if (isSymbolic(name)) return unknownBecause(name);
    if (typeof name !== 'string') throw new ArgumentProblem('a key must be a string');
    zipped.set(name, items[index] ?? null);
  }
  const type = collectionTypeOf(items);
  return type ? markedAs(zipped, mapOf(type.element)) : zipped;
}
