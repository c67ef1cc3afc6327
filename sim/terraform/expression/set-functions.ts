/** Terraform's functions on sets. */

import { convertValue } from '../types/convert-to-type.ts';
import {
  ANY,
  collectionTypeOf,
  isSet,
  listOf,
  markedAs,
  type TerraformType,
  typeOf,
} from '../types/terraform-type.ts';
import { unifyTypes } from '../types/unify-types.ts';
import { identityOf, setFrom } from '../types/value-order.ts';
import type { Value } from '../value.ts';
import {
  ArgumentProblem,
  define,
  type FunctionTable,
  listArgument,
  SET,
  VALUE,
} from './terraform-function.ts';

/** Tuples of a product. */
const PRODUCT_SIZE_MAX = 50_000;

export const SET_FUNCTIONS: FunctionTable = {
  setunion: define(
    [SET],
    (values) => {
      const { sets, element } = alike(values);
      return setFrom(sets.flat(), element);
    },
    { rest: SET, strictness: 'shallow' },
  ),
  setintersection: define(
    [SET],
    (values) => {
      const { sets, element } = alike(values);
      const [first = [], ...others] = sets;
      const isIn = (item: Value) => others.every((set) => holds(set, item));
      return setFrom(first.filter(isIn), element);
    },
    { rest: SET },
  ),
  setsubtract: define([SET, SET], (values) => {
    const {
      sets: [from = [], less = []],
      element,
    } = alike(values);
    return setFrom(
      from.filter((item) => !holds(less, item)),
      element,
    );
  }),
  setproduct: define([VALUE, VALUE], product, { rest: VALUE, strictness: 'shallow' }),
};

/** The sets with their elements in one type. */
function alike(values: readonly Value[]): {
  readonly sets: readonly (readonly Value[])[];
  readonly element: TerraformType;
} {
  const sets = values.map((_, index) => listArgument(values, index));
  const element = unifyTypes(sets.map((set) => collectionTypeOf(set)?.element ?? ANY));
  if (element === undefined) throw new ArgumentProblem('the sets must be of one type');
  return { sets: sets.map((set) => set.map((item) => convertValue(item, element))), element };
}

function holds(set: readonly Value[], item: Value): boolean {
  const identity = identityOf(item);
  return set.some((other) => identityOf(other) === identity);
}

/** With a set among the arguments it is a set of tuples, without one a list in order. */
function product(values: readonly Value[]): Value {
  const lists = values.map((_, index) => listArgument(values, index));
  const elements = lists.map((list) => {
    const element = collectionTypeOf(list)?.element ?? unifyTypes(list.map(typeOf));
    if (element === undefined) throw new ArgumentProblem('the elements of each argument must be of one type');
    return element;
  });
  const size = lists.reduce((count, list) => count * list.length, 1);
  if (size > PRODUCT_SIZE_MAX) {
    throw new ArgumentProblem(`it gives more than ${PRODUCT_SIZE_MAX} tuples`, { isLimit: true });
  }
  let tuples: readonly (readonly Value[])[] = size === 0 ? [] : [[]];
  for (const [index, list] of size === 0 ? [] : lists.entries()) {
    const converted = list.map((item) => convertValue(item, elements[index] ?? ANY));
    tuples = tuples.flatMap((tuple) => converted.map((item) => [...tuple, item]));
  }
  const type: TerraformType = { kind: 'tuple', elements };
  return lists.some(isSet) ? setFrom(tuples, type) : markedAs([...tuples], listOf(type));
}
