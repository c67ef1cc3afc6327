/** Terraform's functions on lists, sets and maps. A set is carried as a list without repetitions, sorted where known. */

import { isList, isMap, isSymbolic, reasonOf, type Value } from '../value.ts';
import {
  ArgumentProblem,
  type FunctionTable,
  integerArgument,
  listArgument,
  mapArgument,
  textArgument,
} from './terraform-function.ts';

function onList(apply: (list: readonly Value[]) => Value): FunctionTable[string] {
  return {
    argumentsMin: 1,
    argumentsMax: 1,
    strictness: 'shallow',
    apply: (values) => apply(listArgument(values, 0)),
  };
}

function onMap(apply: (map: ReadonlyMap<string, Value>) => Value): FunctionTable[string] {
  return {
    argumentsMin: 1,
    argumentsMax: 1,
    strictness: 'shallow',
    apply: (values) => apply(mapArgument(values, 0)),
  };
}

export const COLLECTION_FUNCTIONS: FunctionTable = {
  tolist: onList((list) => list),
  toset: onList(distinctSorted),
  distinct: onList(distinct),
  reverse: onList((list) => list.toReversed()),
  flatten: onList(flatten),
  compact: onList((list) => list.filter((item) => item !== null && item !== '')),
  keys: onMap((map) => [...map.keys()].sort()),
  values: onMap((map) => [...map.keys()].sort().map((name) => map.get(name) ?? null)),
  tomap: onMap((map) => map),
  length: { argumentsMin: 1, argumentsMax: 1, strictness: 'shallow', apply: length },
  element: { argumentsMin: 2, argumentsMax: 2, strictness: 'shallow', apply: element },
  concat: {
    argumentsMin: 1,
    strictness: 'shallow',
    apply: (values) => values.flatMap((_, index) => listArgument(values, index)),
  },
  slice: {
    argumentsMin: 3,
    argumentsMax: 3,
    strictness: 'shallow',
    apply: (values) => {
      const [list, start, end] = [
        listArgument(values, 0),
        integerArgument(values, 1),
        integerArgument(values, 2),
      ];
      if (start < 0 || end < start || end > list.length)
        throw new ArgumentProblem('the range is outside the list');
      return list.slice(start, end);
    },
  },
  merge: {
    argumentsMin: 0,
    strictness: 'shallow',
    apply: (values) =>
      new Map(values.flatMap((value, index) => (value === null ? [] : [...mapArgument(values, index)]))),
  },
  lookup: {
    argumentsMin: 2,
    argumentsMax: 3,
    strictness: 'shallow',
    apply: (values) => {
      const name = textArgument(values, 1);
      const found = mapArgument(values, 0).get(name) ?? values[2];
      if (found === undefined) throw new ArgumentProblem(`the map has no "${name}"`);
      return found;
    },
  },
  coalesce: {
    argumentsMin: 1,
    strictness: 'shallow',
    apply: (values) => {
      const found = values.find((value) => value !== null && value !== '');
      if (found === undefined) throw new ArgumentProblem('every argument is null or empty');
      return found;
    },
  },
  contains: {
    argumentsMin: 2,
    argumentsMax: 2,
    strictness: 'deep',
    apply: (values) => listArgument(values, 0).some((item) => identity(item) === identity(values[1] ?? null)),
  },
};

function length([value]: readonly Value[]): Value {
  if (typeof value === 'string') return [...new Intl.Segmenter().segment(value)].length;
  if (value !== undefined && isMap(value)) return value.size;
  return listArgument([value ?? null], 0).length;
}

/** The index goes round, in both directions. */
function element(values: readonly Value[]): Value {
  const list = listArgument(values, 0);
  const index = integerArgument(values, 1);
  if (list.length === 0) throw new ArgumentProblem('the list is empty');
  return list.at(index % list.length) ?? null;
}

function flatten(list: readonly Value[]): readonly Value[] {
  return list.flatMap((item) => (isList(item) ? flatten(item) : [item]));
}

function distinct(list: readonly Value[]): readonly Value[] {
  return [...new Map(list.map((item) => [identity(item), item])).values()];
}

function distinctSorted(list: readonly Value[]): readonly Value[] {
  return distinct(list).toSorted((left, right) => (identity(left) < identity(right) ? -1 : 1));
}

/** Equal for equal values; two symbols are equal when they say the same. */
function identity(value: Value): string {
  if (isSymbolic(value)) return `s:${reasonOf(value)}`;
  if (isList(value)) return `l:${JSON.stringify(value.map(identity))}`;
  if (isMap(value))
    return `m:${JSON.stringify([...value].map(([name, item]) => [name, identity(item)]).sort())}`;
  return `${typeof value}:${value}`;
}
