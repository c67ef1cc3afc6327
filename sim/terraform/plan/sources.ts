/**
 * What an expression of the plan's configuration can have an unknown value from: attributes that it mentions, through
 * module calls and outputs, as far as they are themselves not known. Of locals and of what the plan does not show, only
 * that they are mentioned is known.
 */

import type { JsonObject, JsonValue } from '../configuration.ts';
import { isArray, isObject, member, objectAt } from './json.ts';
import type { PlannedInstance, PlannedModule } from './planned-modules.ts';
import { type Mention, mentionsIn } from './references.ts';

/** Where an expression stands. */
export interface ExpressionPlace {
  readonly module: PlannedModule;
  /** `for_each` of the block around it, and where that stands. */
  readonly forEach?: { readonly expression: JsonValue; readonly place: ExpressionPlace };
}

export interface UnknownSource {
  readonly instance: PlannedInstance;
  /** Absent: any attribute of it. */
  readonly attribute?: string;
}

export interface Sources {
  /** One for every mention, in order: the same may stand there twice. */
  readonly known: readonly UnknownSource[];
  /** What may be anything, `local.x`. */
  readonly opaque: readonly string[];
  /** What may choose: `each.key`, `var.x`. */
  readonly selectors: readonly string[];
  /** Every mention is one source by itself, and no member of one. */
  readonly isPlain: boolean;
}

/** Calls in calls; nobody nests that deep on purpose. */
const DEPTH_MAX = 64;

/** Of an expression at a place, once: all instances of a resource share them. */
export class SourceIndex {
  readonly #found = new Map<PlannedModule, WeakMap<object, Sources>>();

  of(expression: JsonValue | undefined, place: ExpressionPlace): Sources {
    if (typeof expression !== 'object' || expression === null) return sourcesOf(expression, place);
    let inModule = this.#found.get(place.module);
    if (inModule === undefined) {
      inModule = new WeakMap();
      this.#found.set(place.module, inModule);
    }
    const before = inModule.get(expression);
    if (before !== undefined) return before;
    const sources = sourcesOf(expression, place);
    inModule.set(expression, sources);
    return sources;
  }
}

function sourcesOf(expression: JsonValue | undefined, place: ExpressionPlace): Sources {
  const collected: Collected = { known: [], opaque: [], selectors: [], isPlain: true };
  collect(expression, place, { collected, depth: 0 });
  return collected;
}

export function placeOfInstance({ module, written }: PlannedInstance): ExpressionPlace {
  return withForEach(module, written, { module });
}

interface Collected {
  readonly known: UnknownSource[];
  readonly opaque: string[];
  readonly selectors: string[];
  isPlain: boolean;
}

interface Collecting {
  readonly collected: Collected;
  readonly depth: number;
}

function withForEach(module: PlannedModule, written: JsonObject, place: ExpressionPlace): ExpressionPlace {
  const expression = member(written, 'for_each_expression');
  return expression === undefined ? { module } : { module, forEach: { expression, place } };
}

function collect(expression: JsonValue | undefined, place: ExpressionPlace, collecting: Collecting): void {
  const { collected, depth } = collecting;
  if (depth > DEPTH_MAX) {
    collected.opaque.push('what lies more than 64 modules away');
    return;
  }
  for (const mention of mentionsIn(expression)) {
    const [first] = mention.steps;
    const follow = Object.hasOwn(ROOTS, first?.name ?? '') ? ROOTS[first?.name ?? ''] : undefined;
    (follow ?? resource)(mention, place, { collected, depth: depth + 1 });
  }
}

type Follow = (mention: Mention, place: ExpressionPlace, collecting: Collecting) => void;

const select: Follow = ({ text }, _, { collected }) => {
  collected.selectors.push(text);
};

const ROOTS: Readonly<Record<string, Follow>> = {
  count: select,
  path: () => undefined,
  terraform: () => undefined,
  each: eachOf,
  var: variable,
  module: moduleOutput,
  data: (mention, place, collecting) => instancesOf(mention, 3, place, collecting),
  local: opaque,
  self: opaque,
  ephemeral: opaque,
};

function opaque({ text }: Mention, place: ExpressionPlace, { collected }: Collecting): void {
  const start = place.module.address === '' ? '' : `${place.module.address}.`;
  collected.opaque.push(`${start}${text}`);
}

/** The keys of `for_each` are always known; its values may not be. */
function eachOf(mention: Mention, place: ExpressionPlace, collecting: Collecting): void {
  collecting.collected.selectors.push(mention.text);
  if (mention.steps[1]?.name === 'key' || place.forEach === undefined) return;
  collect(place.forEach.expression, place.forEach.place, collecting);
}

/** Of the root module they are known; of others they are what the call gives. */
function variable(mention: Mention, place: ExpressionPlace, collecting: Collecting): void {
  const { caller } = place.module;
  const name = mention.steps[1]?.name ?? '';
  const given = caller && member(objectAt(caller.call, 'expressions'), name);
  if (caller === undefined || given === undefined || mentionsIn(given).length === 0) {
    collecting.collected.selectors.push(mention.text);
    return;
  }
  if (mention.steps.length > 2 || (mention.steps[1]?.keys.length ?? 0) > 0)
    collecting.collected.isPlain = false;
  const outside = withForEach(caller.module, caller.call, { module: caller.module });
  collect(given, outside, collecting);
}

function moduleOutput(mention: Mention, place: ExpressionPlace, collecting: Collecting): void {
  const { collected } = collecting;
  const [, called, output] = mention.steps;
  const key = called?.keys[0] ?? '';
  const all = place.module.children.get(called?.name ?? '') ?? [];
  const meant = isIndex(key) ? all.filter((module) => module.key === key) : all;
  if (meant.length === 0) opaque(mention, place, collecting);
  if (meant.length > 1 || output === undefined || mention.steps.length > 3) collected.isPlain = false;
  for (const module of meant) {
    const outputs = objectAt(module.written, 'outputs');
    const names = output === undefined ? Object.keys(outputs) : [output.name];
    for (const name of names) {
      collect(member(member(outputs, name), 'expression'), { module }, collecting);
    }
  }
}

function resource(mention: Mention, place: ExpressionPlace, collecting: Collecting): void {
  instancesOf(mention, 2, place, collecting);
}

/** @param length of the part that names the resource: `aws_x.y`, `data.aws_x.y`. */
function instancesOf(
  { steps, text }: Mention,
  length: number,
  place: ExpressionPlace,
  { collected }: Collecting,
): void {
  const named = steps.slice(0, length);
  const key = named.at(-1)?.keys[0] ?? '';
  const all = place.module.instances.get(named.map(({ name }) => name).join('.')) ?? [];
  const meant = isIndex(key) ? all.filter((instance) => instance.key === key) : all;
  const attribute = steps[length]?.name;
  const unknown = meant.filter((instance) => isUnknownAt(instance, attribute));
  if (unknown.length > 1 || steps.length > length + 1) collected.isPlain = false;
  for (const instance of unknown) {
    collected.known.push({ instance, ...(attribute !== undefined && { attribute }) });
  }
  if (meant.length === 0) collected.selectors.push(text);
}

/** A splat names no single instance. */
function isIndex(key: string): boolean {
  return key !== '' && key !== '[*]';
}

export function isUnknownAt({ unknown }: PlannedInstance, attribute: string | undefined): boolean {
  return holdsUnknown(attribute === undefined ? unknown : member(unknown, attribute));
}

export function holdsUnknown(unknown: JsonValue | undefined): boolean {
  if (unknown === true) return true;
  if (isArray(unknown)) return unknown.some(holdsUnknown);
  return isObject(unknown) && Object.values(unknown).some(holdsUnknown);
}

export function countUnknown(unknown: JsonValue | undefined): number {
  if (unknown === true) return 1;
  const items = isArray(unknown) ? unknown : isObject(unknown) ? Object.values(unknown) : [];
  return items.reduce<number>((sum, item) => sum + countUnknown(item), 0);
}
