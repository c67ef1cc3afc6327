/**
 * The body of a planned instance: what the configuration writes, with the values that the plan gives it. What is not
 * known stands as an expression that the scope of the block answers. What only the provider computes is left out, as it
 * is in a configuration.
 */

import type { JsonObject, JsonValue } from '../configuration.ts';
import type { Value } from '../value.ts';
import { fieldOf } from './identities.ts';
import { isArray, isObject, member, objectAt } from './json.ts';
import type { KnownIdentities } from './known-identities.ts';
import { expressionsOf, type PlannedInstance } from './planned-modules.ts';
import { type Resolver, unknown } from './resolve-unknown.ts';
import { countUnknown, type ExpressionPlace, placeOfInstance, type Sources } from './sources.ts';

export interface PlannedBody {
  readonly body: JsonObject;
  /** What `${planned[0]}`, `${planned[1]}`, … in the body stand for. */
  readonly planned: readonly Value[];
}

export const PLANNED = 'planned';

export interface BodyContext {
  readonly resolver: Resolver;
  readonly identities: KnownIdentities;
  /** Attributes beside those that are written; absent: none. */
  readonly extra?: (instance: PlannedInstance, name: string) => boolean;
}

export function plannedBody(instance: PlannedInstance, context: BodyContext): PlannedBody {
  const planned: Value[] = [];
  const writer = new BodyWriter(context, instance, planned);
  const expressions = expressionsOf(instance);
  const names = new Set([
    ...Object.keys(expressions),
    ...Object.keys(instance.values),
    ...Object.keys(objectOf(instance.unknown)),
  ]);
  const body: Record<string, JsonValue> = {};
  for (const name of names) {
    const isWritten = Object.hasOwn(expressions, name);
    if (!isWritten && !context.extra?.(instance, name)) continue;
    const written = writer.member(
      { value: instance.values, unknown: instance.unknown, sensitive: instance.sensitive },
      name,
      isWritten ? expressions[name] : undefined,
    );
    if (written !== undefined) body[name] = written;
  }
  return { body, planned };
}

/** Three parallel trees of a plan: values, where they are unknown, where they are secret. */
export interface Triple {
  readonly value: JsonValue | undefined;
  readonly unknown: JsonValue | undefined;
  readonly sensitive: JsonValue | undefined;
}

/** What is known of the expression of a value. */
type Expression =
  | { readonly kind: 'whole'; readonly sources: Sources }
  /** Nested blocks as they are written, and how many there are in the plan. */
  | { readonly kind: 'blocks'; readonly blocks: readonly JsonObject[] }
  /** The plan shows it nowhere, as what a dynamic block makes. */
  | { readonly kind: 'hidden' };

interface Position {
  /** Of the attribute that holds the value, for lists too. */
  readonly field: string;
  /** Among the unknown members of a list. */
  readonly list?: { readonly index: number; readonly count: number };
}

class BodyWriter {
  readonly #context: BodyContext;
  readonly #type: string;
  readonly #place: ExpressionPlace;
  readonly #planned: Value[];

  constructor(context: BodyContext, instance: PlannedInstance, planned: Value[]) {
    this.#context = context;
    this.#type = instance.type;
    this.#place = placeOfInstance(instance);
    this.#planned = planned;
  }

  member(around: Triple, name: string, node: JsonValue | undefined): JsonValue | undefined {
    const triple = memberOf(around, name);
    return this.#write(triple, this.#expressionOf(node, triple), { field: name });
  }

  #write(triple: Triple, expression: Expression, position: Position): JsonValue | undefined {
    const { value, unknown: isUnknown, sensitive } = triple;
    if (isUnknown === true) return this.#symbol(this.#resolved(expression, position));
    if (value === undefined) {
      return this.#symbol(unknown('the plan does not say what it is'));
    }
    if (value === null) return null;
    if (sensitive === true) return this.#symbol(unknown('its value is sensitive'));
    if (typeof value === 'string') return this.#text(value);
    if (isArray(value)) return this.#list(value, triple, { expression, position });
    return isObject(value) ? this.#object(value, triple, expression) : value;
  }

  #text(value: string): JsonValue {
    const reference = this.#context.identities(value);
    if (reference !== undefined) return this.#symbol(reference);
    // A known text is no template, whatever it looks like.
    return value.includes('${') || value.includes('%{') ? this.#symbol(value) : value;
  }

  #list(
    value: readonly JsonValue[],
    triple: Triple,
    { expression, position }: { readonly expression: Expression; readonly position: Position },
  ): JsonValue {
    const items = value.map((_, index) => itemOf(triple, index));
    const count = items.filter((item) => item.unknown === true).length;
    let index = -1;
    return items.map((item) => {
      if (item.unknown === true) index += 1;
      return this.#write(item, expression, { ...position, list: { index, count } }) ?? null;
    });
  }

  #object(value: JsonObject, triple: Triple, expression: Expression): JsonValue {
    const names = new Set([...Object.keys(value), ...Object.keys(objectOf(triple.unknown))]);
    if ([...names].some((name) => /[$%]\{/.test(name)))
      return this.#symbol(unknown('its names hold a template'));
    const body: Record<string, JsonValue> = {};
    for (const name of names) {
      const inner = memberOf(triple, name);
      const found = this.#expressionIn(expression, name, inner);
      if (found === undefined) continue;
      const written = this.#write(inner, found, { field: name });
      if (written !== undefined) body[name] = written;
    }
    return body;
  }

  /** Undefined for what no block writes: the provider computes it, or it has a default. */
  #expressionIn(expression: Expression, name: string, inner: Triple): Expression | undefined {
    if (expression.kind !== 'blocks') return expression;
    const nodes = expression.blocks.map((block) => member(block, name));
    const written = nodes.filter((node) => node !== undefined);
    if (written.length === 0) return isMadeBlock(name, inner) ? HIDDEN : undefined;
    // One of them writes it and another leaves it to the provider: which is which, is not told.
    if (written.length < nodes.length) return HIDDEN;
    if (written.length === 1) return this.#expressionOf(written[0], inner);
    return this.#joined(written, inner);
  }

  #joined(nodes: readonly JsonValue[], inner: Triple): Expression {
    if (nodes.some((node) => !isLeaf(node))) return HIDDEN;
    const all = nodes.map((node) => this.#context.resolver.sources.of(node, this.#place));
    const sources: Sources = {
      known: all.flatMap(({ known }) => known),
      opaque: all.flatMap(({ opaque }) => opaque),
      selectors: all.flatMap(({ selectors }) => selectors),
      isPlain: false,
    };
    return isBlockList(inner.value) ? HIDDEN : { kind: 'whole', sources };
  }

  #expressionOf(node: JsonValue | undefined, triple: Triple): Expression {
    if (node === undefined) return HIDDEN;
    if (isLeaf(node)) {
      const sources = this.#context.resolver.sources.of(node, this.#place);
      return isCovered(sources, triple) ? { kind: 'whole', sources } : HIDDEN;
    }
    const blocks = (isArray(node) ? node : [node]).filter(isObject);
    const count = isArray(triple.value) ? triple.value.length : 1;
    return blocks.length === count ? { kind: 'blocks', blocks } : HIDDEN;
  }

  #resolved(expression: Expression, { field, list }: Position): Value {
    if (expression.kind !== 'whole') {
      return unknown('it is known only after apply, and the plan does not show the block that it stands in');
    }
    if (list === undefined && fieldOf(field)?.isList) {
      return this.#context.resolver.resolveList(expression.sources, field, this.#type);
    }
    return this.#context.resolver.resolve(expression.sources, field, list);
  }

  #symbol(value: Value): string {
    this.#planned.push(value);
    return `\${${PLANNED}[${this.#planned.length - 1}]}`;
  }
}

const HIDDEN: Expression = { kind: 'hidden' };

function isLeaf(node: JsonValue): boolean {
  if (!isObject(node)) return false;
  const { references } = node;
  return (
    Object.keys(node).length === 0 ||
    Object.hasOwn(node, 'constant_value') ||
    (isArray(references) && references.every((text) => typeof text === 'string'))
  );
}

/**
 * Rules and routes within a resource are attributes that are written as blocks. Of those the plan shows all references
 * together, without those of dynamic blocks beside them. A single block is no dynamic one; of several, the mentions must
 * be as many as the values that they are to explain, and unconditional.
 */
function isCovered({ known, selectors, opaque }: Sources, { value, unknown: where }: Triple): boolean {
  if (!isBlockList(value) || value.length === 1) return true;
  return selectors.length === 0 && opaque.length === 0 && countUnknown(where) <= known.length;
}

/** Blocks that are there without being written: a dynamic block made them, or will make an unknown number of them. */
export function isMadeBlock(name: string, { value, unknown: where }: Triple): boolean {
  return isBlockList(value) || (where === true && BLOCKS.has(name));
}

/** Blocks that no provider fills in by itself, and that bear on packets. */
const BLOCKS: ReadonlySet<string> = new Set([
  'action',
  'condition',
  'default_action',
  'launch_template',
  'listener',
  'load_balancer',
  'network_configuration',
  'network_interfaces',
  'vpc_config',
  'vpc_options',
]);

export function isBlockList(value: JsonValue | undefined): value is readonly JsonObject[] {
  return isArray(value) && value.length > 0 && value.every(isObject);
}

function memberOf({ value, unknown: where, sensitive }: Triple, name: string): Triple {
  return { value: member(value, name), unknown: member(where, name), sensitive: inside(sensitive, name) };
}

function itemOf({ value, unknown: where, sensitive }: Triple, index: number): Triple {
  const at = (list: JsonValue | undefined) => (isArray(list) ? list[index] : undefined);
  return { value: at(value), unknown: at(where), sensitive: sensitive === true ? true : at(sensitive) };
}

function inside(sensitive: JsonValue | undefined, name: string): JsonValue | undefined {
  return sensitive === true ? true : member(sensitive, name);
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return objectAt({ value: value ?? null }, 'value');
}
