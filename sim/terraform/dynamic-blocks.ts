/**
 * `dynamic` blocks: one nested block for each element of their `for_each`, in which the iterator stands for the
 * element. Elements that are not known before apply cannot be expanded, and are refused where they are asked for.
 */

import type { JsonObject, JsonValue } from './configuration.ts';
import type { Evaluator } from './evaluator.ts';
import { isObject } from './parse-file.ts';
import type { Scope } from './scope.ts';
import { invalid, type Site, siteOfStep, unresolved } from './site.ts';
import { collectionTypeOf } from './types/terraform-type.ts';
import { describeKind, isList, isMap, isSymbolic, reasonOf, toText, type Value } from './value.ts';

export interface DynamicBlock {
  /** `ingress` */
  readonly name: string;
  readonly body: JsonObject;
  readonly site: Site;
  /** The block around it, whose field names the ones that come out. */
  readonly around: Site;
}

/** The body of one block that came out, and where it stands: its names mean what they mean there. */
export interface DynamicContent {
  readonly body: JsonObject;
  readonly site: Site;
}

/** Of one block; more is a mistake far more often than a network. */
const BLOCKS_MAX = 10_000;

/** By the name of the block that they make, in order. */
export function dynamicBlocksIn(body: JsonObject, site: Site): ReadonlyMap<string, readonly DynamicBlock[]> {
  const found = new Map<string, DynamicBlock[]>();
  if (!Object.hasOwn(body, 'dynamic')) return found;
  for (const [group, groupSite] of objectsIn(body.dynamic ?? null, siteOfStep(site, 'dynamic'))) {
    for (const [name, value] of Object.entries(group)) {
      const blocks = objectsIn(value, siteOfStep(groupSite, name));
      const before = found.get(name) ?? [];
      found.set(name, [
        ...before,
        ...blocks.map(([inner, at]) => ({ name, body: inner, site: at, around: site })),
      ]);
    }
  }
  return found;
}

export function expandDynamic(block: DynamicBlock, evaluator: Evaluator): readonly DynamicContent[] {
  const iterator = iteratorOf(block);
  const [content] = objectsIn(block.body.content ?? null, siteOfStep(block.site, 'content'));
  if (content === undefined) {
    throw invalid(block.site, { reason: 'it has no content block', nextStep: 'add one' });
  }
  const [body, at] = content;
  return elementsOf(block, evaluator).map(([key, value], index) => {
    const scope = scopeWith(
      block.site,
      iterator,
      new Map([
        ['key', key],
        ['value', value],
      ]),
    );
    const { field } = siteOfStep(siteOfStep(block.around, block.name), index);
    const site: Site = { ...at, field, scope };
    return { body: labelled(block, body, { evaluator, scope }), site };
  });
}

function scopeWith(site: Site, iterator: string, element: Value): Scope {
  if (site.scope === undefined) throw new TypeError(`${site.address} is no instance of a block`);
  return { ...site.scope, iterators: new Map([...(site.scope.iterators ?? []), [iterator, element]]) };
}

/** HCL writes a bare name, which hcl2json wraps. */
function iteratorOf({ body, name }: DynamicBlock): string {
  const { iterator } = body;
  if (typeof iterator !== 'string') return name;
  return /^\$\{\s*(.*?)\s*\}$/s.exec(iterator)?.[1] ?? iterator;
}

function elementsOf(block: DynamicBlock, evaluator: Evaluator): readonly (readonly [Value, Value])[] {
  const site = siteOfStep(block.site, 'for_each');
  const value = evaluator.evaluate(block.body.for_each ?? null, site);
  if (isSymbolic(value)) {
    throw unresolved(site, { reason: reasonOf(value), nextStep: 'set it to what is known before apply' });
  }
  const elements = pairsOf(value);
  if (elements === undefined) {
    const reason = `it is ${describeKind(value)}, not a collection`;
    throw invalid(site, { reason, nextStep: 'correct it' });
  }
  if (elements.length <= BLOCKS_MAX) return elements;
  throw unresolved(site, { reason: `it makes more than ${BLOCKS_MAX} blocks`, nextStep: 'simulate fewer' });
}

function pairsOf(value: Value): readonly (readonly [Value, Value])[] | undefined {
  if (isMap(value)) return [...value].sort(([one], [other]) => (one < other ? -1 : 1));
  if (!isList(value)) return undefined;
  return collectionTypeOf(value)?.kind === 'set'
    ? value.map((item) => [item, item])
    : value.map((item, index) => [index, item]);
}

/** Labels of a block are levels of names around its body. */
function labelled(
  block: DynamicBlock,
  body: JsonObject,
  options: { readonly evaluator: Evaluator; readonly scope: Scope },
): JsonObject {
  const { labels } = block.body;
  if (!Array.isArray(labels)) return body;
  const { evaluator, scope } = options;
  const site = { ...siteOfStep(block.site, 'labels'), scope };
  return (labels as readonly JsonValue[]).reduceRight<JsonObject>((inner, raw, index) => {
    const label = toText(evaluator.evaluate(raw, siteOfStep(site, index)));
    if (label !== undefined) return { [label]: inner };
    throw invalid(siteOfStep(site, index), { reason: 'it is not a known string', nextStep: 'correct it' });
  }, body);
}

function objectsIn(value: JsonValue, site: Site): readonly (readonly [JsonObject, Site])[] {
  if (Array.isArray(value)) {
    return (value as readonly JsonValue[]).flatMap((item, index) => objectsIn(item, siteOfStep(site, index)));
  }
  return isObject(value) ? [[value, site]] : [];
}
