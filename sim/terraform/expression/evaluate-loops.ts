/** Evaluates `for` expressions and splats. Over what is not known they are unknown; unknown elements pass one by one. */

import type { Site } from '../site.ts';
import { unknownWhole, wholeOf } from '../types/convert-to-type.ts';
import { areTypesEqual, collectionTypeOf, isSet, listOf, markedAs, typeOf } from '../types/terraform-type.ts';
import { compareText } from '../types/value-order.ts';
import {
  describeKind,
  isLazyObject,
  isList,
  isMap,
  isSymbolic,
  reasonOf,
  type Symbolic,
  toBoolean,
  toText,
  unknownBecause,
  type Value,
} from '../value.ts';
import { elementsOf, refuseLarge } from './bounds.ts';
import { failure } from './evaluate-access.ts';
import type { Expression, ForExpression, Loop, SplatExpression } from './syntax.ts';

/** What stands for names and the splat's element while a part is evaluated. */
export interface Bindings {
  readonly names?: ReadonlyMap<string, Value>;
  readonly item?: Value;
}

export type EvaluateWith = (expression: Expression, bindings?: Bindings) => Value;

interface Round {
  readonly key: Value;
  readonly value: Value;
  readonly bindings: Bindings;
}

export function evaluateFor(expression: ForExpression, evaluate: EvaluateWith, site: Site): Value {
  const rounds = roundsOf(expression.loop, evaluate, site);
  if ('kind' in rounds) return unknownBecause(rounds);
  return expression.key === undefined
    ? listOfRounds(expression, rounds, evaluate, site)
    : objectOfRounds(expression, expression.key, rounds, evaluate, site);
}

/** What the loop goes through, or the symbol for which that is not known. */
export function roundsOf(loop: Loop, evaluate: EvaluateWith, site: Site): readonly Round[] | Symbolic {
  const collection = evaluate(loop.collection);
  if (isSymbolic(collection)) return collection;
  const whole = isLazyObject(collection)
    ? collection.isComplete
      ? wholeOf(collection)
      : unknownWhole(collection)
    : collection;
  if (isSymbolic(whole)) return whole;
  if (!isList(whole) && !isMap(whole)) throw failure(site, `"for" cannot go through ${describeKind(whole)}`);
  return entriesOf(whole).map(([key, value]) => {
    const named: [string, Value][] = loop.keyName === undefined ? [] : [[loop.keyName, key]];
    return { key, value, bindings: { names: new Map([...named, [loop.valueName, value]]) } };
  });
}

/** Of a set each element is its own key. */
function entriesOf(
  collection: readonly Value[] | ReadonlyMap<string, Value>,
): readonly (readonly [Value, Value])[] {
  if (isMap(collection)) return [...collection].sort(([left], [right]) => compareText(left, right));
  return isSet(collection) ? collection.map((item) => [item, item]) : [...collection.entries()];
}

function listOfRounds(
  expression: ForExpression,
  rounds: readonly Round[],
  evaluate: EvaluateWith,
  site: Site,
): Value {
  const items: Value[] = [];
  let elements = 0;
  for (const { bindings } of rounds) {
    const isIncluded = includes(expression, bindings, evaluate, site);
    if (isSymbolic(isIncluded)) return unknownBecause(isIncluded);
    if (!isIncluded) continue;
    const item = evaluate(expression.value, bindings);
    elements += elementsOf(item);
    refuseLarge(elements, site);
    items.push(item);
  }
  return items;
}

function objectOfRounds(
  expression: ForExpression,
  keyExpression: Expression,
  rounds: readonly Round[],
  evaluate: EvaluateWith,
  site: Site,
): Value {
  const entries = new Map<string, Value>();
  const groups = new Map<string, Value[]>();
  let elements = 0;
  for (const { bindings } of rounds) {
    const isIncluded = includes(expression, bindings, evaluate, site);
    if (isSymbolic(isIncluded)) return unknownBecause(isIncluded);
    if (!isIncluded) continue;
    const key = evaluate(keyExpression, bindings);
    if (isSymbolic(key)) return unknownBecause(key);
    const name = toText(key);
    if (name === undefined) throw failure(site, `the key of a "for" cannot be ${describeKind(key)}`);
    const value = evaluate(expression.value, bindings);
    elements += elementsOf(value);
    refuseLarge(elements, site);
    if (expression.isGrouped) {
      const group = groups.get(name);
      if (group) group.push(value);
      else groups.set(name, [value]);
    } else {
      if (entries.has(name))
        throw failure(site, `the key "${name}" comes twice; group the values with "..."`);
      entries.set(name, value);
    }
  }
  return expression.isGrouped ? groups : entries;
}

function includes(
  { condition }: ForExpression,
  bindings: Bindings,
  evaluate: EvaluateWith,
  site: Site,
): boolean | Symbolic {
  if (condition === undefined) return true;
  const value = evaluate(condition, bindings);
  if (isSymbolic(value)) return { kind: 'unknown', reason: `the condition is not known: ${reasonOf(value)}` };
  const isTrue = toBoolean(value);
  if (isTrue === undefined) throw failure(site, `the condition of a "for" cannot be ${describeKind(value)}`);
  return isTrue;
}

/** Null has no elements; what is no list is the only element of one. */
export function evaluateSplat(expression: SplatExpression, evaluate: EvaluateWith): Value {
  const list = evaluate(expression.list);
  if (isSymbolic(list)) return unknownBecause(list);
  if (list === null) return [];
  const items = (isList(list) ? list : [list]).map((item) => evaluate(expression.each, { item }));
  if (!isList(list) || collectionTypeOf(list) === undefined) return items;
  const types = items.map(typeOf);
  const [first] = types;
  if (first === undefined || types.some((type) => !areTypesEqual(type, first))) return items;
  return markedAs(items, listOf(first));
}
