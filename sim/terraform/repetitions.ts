/** `count` and `for_each` of one block, evaluated: how often it stands for something, and with which keys. */

import type { Evaluator } from './evaluator.ts';
import type { Expansion } from './instances.ts';
import type { Repeated, Repetition } from './scope.ts';
import { invalid, type Site, siteOf, siteOfStep, unresolved, unsupported } from './site.ts';
import { collectionTypeOf } from './types/terraform-type.ts';
import { describeKind, isList, isMap, isSymbolic, reasonOf, toNumber, type Value } from './value.ts';

/** Of one block; more is a mistake far more often than a network. */
const INSTANCES_MAX = 10_000;

/** Throws SIM_TERRAFORM_UNRESOLVED where it is not known before apply. */
export function repetitionsOf(evaluator: Evaluator, repeated: Repeated): Expansion<Repetition | undefined> {
  const site = siteOf(repeated);
  const { count, for_each: forEach } = repeated.body;
  if (count !== undefined && forEach !== undefined) {
    throw invalid(site, { reason: 'it has both count and for_each', nextStep: 'remove one' });
  }
  if (count !== undefined) {
    const at = siteOfStep(site, 'count');
    const length = lengthOf(evaluator.evaluate(count, at), at);
    return { kind: 'count', items: Array.from({ length }, (_, index) => ({ kind: 'count', index })) };
  }
  if (forEach === undefined) return { kind: 'single', item: undefined };
  const keys = [...elementsOf(evaluator, repeated).keys()];
  const items = keys.map((key) => [key, { kind: 'for_each', key, of: repeated }] as const);
  return { kind: 'for_each', items: new Map(items) };
}

/** The elements of its `for_each`, by key, in the order in which Terraform goes through them. */
export function elementsOf(evaluator: Evaluator, repeated: Repeated): ReadonlyMap<string, Value> {
  const site = siteOfStep(siteOf(repeated), 'for_each');
  const entries = entriesOf(evaluator.evaluate(repeated.body.for_each ?? null, site), site);
  return new Map(bounded(entries, entries.length, site));
}

function lengthOf(value: Value, site: Site): number {
  const count = toNumber(known(value, site));
  if (count === undefined || !Number.isInteger(count) || count < 0) {
    const reason = count === undefined ? `it is ${describeKind(value)}` : `it is ${count}`;
    throw invalid(site, { reason: `${reason}, not a whole number from 0`, nextStep: 'correct it' });
  }
  return bounded(count, count, site);
}

function entriesOf(value: Value, site: Site): readonly (readonly [string, Value])[] {
  const found = known(value, site);
  if (isMap(found)) return [...found].sort(([one], [other]) => (one < other ? -1 : 1));
  if (isList(found) && (collectionTypeOf(found)?.kind === 'set' || found.length === 0)) {
    return [...new Set(found.map((item) => textOf(item, site)))].sort().map((key) => [key, key]);
  }
  const reason = `it is ${describeKind(found)}, not a map or a set of strings`;
  throw invalid(site, { reason, nextStep: isList(found) ? 'use toset(…)' : 'correct it' });
}

function textOf(item: Value, site: Site): string {
  const found = known(item, site);
  if (typeof found === 'string') return found;
  throw invalid(site, {
    reason: `its set holds ${describeKind(found)}, not only strings`,
    nextStep: 'correct it',
  });
}

function known(value: Value, site: Site): Value {
  if (!isSymbolic(value)) return value;
  throw unresolved(site, { reason: reasonOf(value), nextStep: 'set it to what is known before apply' });
}

function bounded<Result>(result: Result, count: number, site: Site): Result {
  if (count <= INSTANCES_MAX) return result;
  const reason = `it makes more than ${INSTANCES_MAX} instances`;
  throw unsupported(site, { reason, nextStep: 'simulate fewer' });
}
