/** Terraform's functions on lists and tuples. What makes a list of a list, and a tuple of a tuple, does so here. */

import { convertValue } from '../types/convert-to-type.ts';
import { areEqual, isNeverEmpty } from '../types/equality.ts';
import { ANY, collectionTypeOf, isSet, listOf, markedAs, NUMBER, typeOf } from '../types/terraform-type.ts';
import { unifyTypes } from '../types/unify-types.ts';
import { distinctValues } from '../types/value-order.ts';
import {
  isList,
  isMap,
  isSymbolic,
  type Symbolic,
  symbolIn,
  toBoolean,
  unknownBecause,
  type Value,
} from '../value.ts';
import { calculate } from './exact-numbers.ts';
import {
  ArgumentProblem,
  define,
  FLAGS,
  type FunctionTable,
  integerArgument,
  LIST,
  listArgument,
  numberArgument,
  TEXTS,
  VALUE,
  VALUE_OR_NULL,
  WHOLE,
} from './terraform-function.ts';
import { charactersOf } from './text-units.ts';

const SHALLOW = { strictness: 'shallow' } as const;
/** Terraform's own limit. */
const RANGE_LENGTH_MAX = 1_024;

export const LIST_FUNCTIONS: FunctionTable = {
  alltrue: define([FLAGS], (values) => quantified(listArgument(values, 0), false), SHALLOW),
  anytrue: define([FLAGS], (values) => quantified(listArgument(values, 0), true), SHALLOW),
  chunklist: define(
    [LIST, WHOLE],
    (values) => chunks(listArgument(values, 0), integerArgument(values, 1)),
    SHALLOW,
  ),
  coalesce: define([], coalesce, { rest: VALUE_OR_NULL, strictness: 'none' }),
  coalescelist: define([], coalesceList, { rest: VALUE, ...SHALLOW }),
  compact: define([TEXTS], compact, SHALLOW),
  concat: define([VALUE], concat, { rest: VALUE, ...SHALLOW }),
  contains: define([VALUE, VALUE], contains, { strictness: 'none' }),
  distinct: define([LIST], distinct, SHALLOW),
  element: define([VALUE, WHOLE], element, SHALLOW),
  flatten: define([VALUE], flatten, SHALLOW),
  index: define([VALUE, VALUE], indexOf, { strictness: 'none' }),
  length: define([VALUE], length, SHALLOW),
  matchkeys: define([LIST, LIST, LIST], matchKeys, SHALLOW),
  one: define([VALUE], one, SHALLOW),
  range: define([WHOLE], range, { rest: WHOLE }),
  reverse: define(
    [VALUE],
    (values) => {
      const list = orderedArgument(values, 0, { takesSets: true });
      const type = collectionTypeOf(list);
      return type ? markedAs(list.toReversed(), listOf(type.element)) : list.toReversed();
    },
    SHALLOW,
  ),
  slice: define([VALUE, WHOLE, WHOLE], slice, SHALLOW),
};

/** A tuple or list; a set has no order that a program may rely on, and Terraform refuses it mostly. */
function orderedArgument(
  values: readonly Value[],
  index: number,
  { takesSets = false } = {},
): readonly Value[] {
  const list = listArgument(values, index);
  if (isSet(list) && !takesSets)
    throw new ArgumentProblem(`argument ${index + 1} must be a list, it is a set`);
  return list;
}

/** A list of the same type as the first argument, which is a list or set. */
function alike(items: readonly Value[], values: readonly Value[]): Value {
  return markedAs([...items], listOf(collectionTypeOf(values[0] ?? null)?.element ?? ANY));
}

/** Null counts as false. A known item may decide although others are not known. */
function quantified(list: readonly Value[], deciding: boolean): Value {
  let unknown: Symbolic | undefined;
  for (const item of list) {
    if (isSymbolic(item)) unknown ??= item;
    else if ((toBoolean(item) ?? false) === deciding) return deciding;
  }
  return unknown ? unknownBecause(unknown) : !deciding;
}

function compact(values: readonly Value[]): Value {
  const items = listArgument(values, 0).filter((item) => item !== null && item !== '');
  const uncertain = items.find((item) => isSymbolic(item) && !isNeverEmpty(item));
  if (uncertain !== undefined && isSymbolic(uncertain)) return unknownBecause(uncertain);
  return alike(items, values);
}

/** References to attributes of several resources count as different; what is wholly unknown may be equal to another. */
function distinct(values: readonly Value[]): Value {
  const items = distinctValues(listArgument(values, 0));
  const unknown = items.map((item) => symbolIn(item)).find((symbol) => symbol?.kind === 'unknown');
  return unknown && items.length > 1 ? unknownBecause(unknown) : alike(items, values);
}

function chunks(list: readonly Value[], size: number): Value {
  if (size < 0) throw new ArgumentProblem('the size must not be negative');
  const type = listOf(collectionTypeOf(list)?.element ?? ANY);
  const step = size === 0 ? list.length : size;
  const count = list.length === 0 ? 0 : Math.ceil(list.length / step);
  const parts = Array.from({ length: count }, (_, index) =>
    markedAs(list.slice(index * step, (index + 1) * step), type),
  );
  return markedAs(parts, listOf(type));
}

/** All arguments become of one type, of which the first that is neither null nor empty text is taken. */
function coalesce(values: readonly Value[]): Value {
  const type = unifyTypes(values.map(typeOf));
  if (type === undefined) throw new ArgumentProblem('the arguments must be of one type');
  for (const value of values) {
    if (isSymbolic(value)) return isNeverEmpty(value) ? value : unknownBecause(value);
    const converted = convertValue(value, type);
    if (converted !== null && converted !== '') return converted;
  }
  throw new ArgumentProblem('every argument is null or empty');
}

function coalesceList(values: readonly Value[]): Value {
  const lists = values.map((_, index) => orderedArgument(values, index));
  const found = lists.find((list) => list.length > 0);
  if (found === undefined) throw new ArgumentProblem('every list is empty');
  return found;
}

/** Lists give a list of one type; with a tuple among them it is a tuple. */
function concat(values: readonly Value[]): Value {
  const lists = values.map((_, index) => orderedArgument(values, index));
  const elements = lists.map((list) => collectionTypeOf(list)?.element);
  const known = elements.filter((type) => type !== undefined);
  const element = known.length === lists.length ? unifyTypes(known) : undefined;
  return element === undefined ? lists.flat() : convertValue(lists.flat(), listOf(element));
}

function contains(values: readonly Value[]): Value {
  const [container = null] = values;
  if (isSymbolic(container)) return unknownBecause(container);
  const list = listArgument(values, 0);
  return found(list, values[1] ?? null) ?? false;
}

/** True, undefined for no, or why it is not known. */
function found(list: readonly Value[], wanted: Value): true | Symbolic | undefined {
  let unknown: Symbolic | undefined;
  for (const item of list) {
    const result = areEqual(item, wanted);
    if (result === true) return true;
    if (result !== false) unknown ??= result;
  }
  return unknown && unknownBecause(unknown);
}

/** The index goes round. */
function element(values: readonly Value[]): Value {
  const list = orderedArgument(values, 0);
  const index = integerArgument(values, 1);
  if (list.length === 0) throw new ArgumentProblem('the list is empty');
  const found = list[index % list.length];
  if (found === undefined) throw new ArgumentProblem('the index must not be negative');
  return found;
}

/** An element that is not known may be a list itself, but who writes `flatten` over references means single ones. */
function flatten(values: readonly Value[]): Value {
  const items: Value[] = [];
  const add = (list: readonly Value[]) => {
    for (const item of list) {
      if (isList(item)) add(item);
      else items.push(item);
    }
  };
  add(listArgument(values, 0));
  const unknown = items.find((item) => isSymbolic(item) && item.kind === 'unknown');
  return unknown !== undefined && isSymbolic(unknown) ? unknownBecause(unknown) : items;
}

/** The first that is equal, if all before are certainly not. */
function indexOf(values: readonly Value[]): Value {
  const [container = null, wanted = null] = values;
  if (isSymbolic(container)) return unknownBecause(container);
  for (const [place, item] of orderedArgument(values, 0).entries()) {
    const result = areEqual(item, wanted);
    if (result === true) return place;
    if (result !== false) return unknownBecause(result);
  }
  throw new ArgumentProblem('the list does not hold the value');
}

/** Elements of a set that are not known may turn out to be the same. */
function length([value]: readonly Value[]): Value {
  if (typeof value === 'string') return charactersOf(value).length;
  if (value !== undefined && isMap(value)) return value.size;
  const list = listArgument([value ?? null], 0);
  const unknown = isSet(list) && list.length > 1 ? list.find((item) => isSymbolic(item)) : undefined;
  return unknown !== undefined && isSymbolic(unknown) ? unknownBecause(unknown) : list.length;
}

function matchKeys(values: readonly Value[]): Value {
  const [items, keys, wanted] = [listArgument(values, 0), listArgument(values, 1), listArgument(values, 2)];
  if (items.length !== keys.length) throw new ArgumentProblem('there must be as many keys as values');
  const type = unifyTypes([keys, wanted].map((list) => collectionTypeOf(list)?.element ?? ANY));
  if (type === undefined) throw new ArgumentProblem('the keys must be of one type');
  const converted = wanted.map((key) => convertValue(key, type));
  const matched: Value[] = [];
  for (const [index, item] of items.entries()) {
    const isWanted = found(converted, convertValue(keys[index] ?? null, type));
    if (isWanted === true) matched.push(item);
    else if (isWanted !== undefined) return isWanted;
  }
  return alike(matched, values);
}

function one(values: readonly Value[]): Value {
  const list = listArgument(values, 0);
  if (list.length > 1) throw new ArgumentProblem('the list has more than one element');
  return list[0] ?? null;
}

function range(values: readonly Value[]): Value {
  if (values.length > 3) throw new ArgumentProblem('it takes three arguments at most');
  const [start, end] =
    values.length === 1
      ? [0, numberArgument(values, 0)]
      : [numberArgument(values, 0), numberArgument(values, 1)];
  const step = values.length === 3 ? numberArgument(values, 2) : end < start ? -1 : 1;
  if (step === 0) throw new ArgumentProblem('the step must not be zero');
  if (step > 0 !== end >= start && end !== start)
    throw new ArgumentProblem('the step leads away from the end');
  const numbers: number[] = [];
  for (let number: number | undefined = start; step > 0 ? number < end : number > end; ) {
    if (numbers.length >= RANGE_LENGTH_MAX) throw new ArgumentProblem('it gives more than 1024 numbers');
    numbers.push(number);
    number = calculate('+', number, step);
    if (number === undefined)
      throw new ArgumentProblem('a number has more digits than are kept', { isLimit: true });
  }
  return markedAs(numbers, listOf(NUMBER));
}

function slice(values: readonly Value[]): Value {
  const list = orderedArgument(values, 0);
  const [start, end] = [integerArgument(values, 1), integerArgument(values, 2)];
  if (start < 0 || end < start || end > list.length)
    throw new ArgumentProblem('the range is outside the list');
  return ofSameType(list.slice(start, end), list);
}

function ofSameType(items: readonly Value[], list: readonly Value[]): Value {
  const type = collectionTypeOf(list);
  return type ? markedAs([...items], type) : items;
}
