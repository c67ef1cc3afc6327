/**
 * Evaluates raw values of a configuration, following references. An attribute that the configuration sets is
 * evaluated; one that it does not set is carried as a reference. A reference to a block that is not there, and a
 * cycle, are errors. Nothing is evaluated before it is asked for.
 */

import type { Block, JsonValue, TerraformConfiguration } from './configuration.ts';
import { evaluateExpression, referenceLength } from './expression/evaluate-expression.ts';
import { parseTemplate } from './expression/parse-expression.ts';
import { type Site, siteOf, siteOfStep, unresolved } from './site.ts';
import { isSymbolic, toText, unknownBecause, type Value } from './value.ts';

export interface Evaluator {
  readonly configuration: TerraformConfiguration;
  /** Throws SIM_TERRAFORM_UNRESOLVED or SIM_TERRAFORM_INVALID with the site in fault. */
  evaluate(raw: JsonValue, site: Site): Value;
}

/** Roots of references that are legal and not read. */
const UNREAD_ROOTS: ReadonlyMap<string, string> = new Map([
  ['each', 'for_each is not read yet'],
  ['count', 'count is not read yet'],
  ['self', '"self" is not read yet'],
  ['path', '"path" is not read yet'],
  ['terraform', '"terraform" is not read yet'],
  ['module', 'modules are not read yet'],
  ['ephemeral', 'ephemeral resources are not read yet'],
]);

const CHAIN_MAX = 100;

export function createEvaluator(configuration: TerraformConfiguration): Evaluator {
  const known = new Map<string, Value>();
  const chain: string[] = [];

  const evaluate = (raw: JsonValue, site: Site, depth = 0): Value => {
    if (depth > CHAIN_MAX) {
      throw unresolved(site, { reason: `it nests more than ${CHAIN_MAX} levels deep`, nextStep: 'flatten it' });
    }
    if (typeof raw === 'string') return evaluateTemplate(raw, site);
    if (raw === null || typeof raw !== 'object') return raw;
    if (isRawList(raw)) return raw.map((item, index) => evaluate(item, siteOfStep(site, index), depth + 1));
    const entries = new Map<string, Value>();
    for (const [name, item] of Object.entries(raw)) {
      if (name === '//') continue;
      const inner = siteOfStep(site, name);
      const key = evaluateTemplate(name, inner);
      if (isSymbolic(key)) return unknownBecause(key);
      entries.set(toText(key) ?? name, evaluate(item, inner, depth + 1));
    }
    return entries;
  };

  const evaluateTemplate = (text: string, site: Site): Value => {
    if (!text.includes('${') && !text.includes('%{')) return text;
    const resolve = (names: readonly string[]) => resolveReference(names, site);
    return evaluateExpression(parseTemplate(text, site), { site, resolve });
  };

  const follow = (key: string, site: Site, compute: () => Value): Value => {
    const before = known.get(key);
    if (before !== undefined) return before;
    if (chain.includes(key)) {
      const circle = [...chain.slice(chain.indexOf(key)), key].join(' → ');
      throw unresolved(site, { reason: `it depends on itself: ${circle}`, nextStep: 'break the cycle' });
    }
    if (chain.length >= CHAIN_MAX) {
      throw unresolved(site, { reason: `more than ${CHAIN_MAX} references in a chain`, nextStep: 'shorten it' });
    }
    chain.push(key);
    try {
      const value = compute();
      known.set(key, value);
      return value;
    } finally {
      chain.pop();
    }
  };

  const resolveReference = (names: readonly string[], site: Site): Value => {
    const [root = ''] = names;
    const unread = UNREAD_ROOTS.get(root);
    if (unread !== undefined) throw unresolved(site, { reason: unread, nextStep: 'write the value out' });
    const address = names.slice(0, root === 'data' ? 3 : 2).join('.');
    if (root === 'var' || root === 'local') return resolveNamed(root, address, site);
    const blocks = root === 'data' ? configuration.dataSources : configuration.resources;
    const block = blocks.get(address);
    if (block === undefined) throw missing(names.join('.'), site);
    const attribute = names[referenceLength(root) - 1];
    if (attribute === undefined) return { kind: 'unknown', reason: `${address} as a whole is known only after apply` };
    return resolveAttribute(block, attribute, site);
  };

  const resolveNamed = (root: 'var' | 'local', address: string, site: Site): Value => {
    const named = (root === 'var' ? configuration.variables : configuration.locals).get(address);
    if (named === undefined) throw missing(address, site);
    const raw = named.value;
    if (raw === undefined) return { kind: 'unknown', reason: `${address} has no default` };
    // The default of a variable is a constant in which "${" stands for itself.
    if (root === 'var') return constant(raw);
    return follow(address, site, () => evaluate(raw, siteOf(named)));
  };

  const resolveAttribute = (block: Block, attribute: string, site: Site): Value => {
    for (const repetition of ['count', 'for_each']) {
      if (!Object.hasOwn(block.body, repetition)) continue;
      throw unresolved(site, { reason: `${block.address} has ${repetition}, which is not read yet`, nextStep: 'write its instances out' });
    }
    const raw = Object.hasOwn(block.body, attribute) ? block.body[attribute] : undefined;
    if (raw === undefined || raw === null) return { kind: 'reference', address: block.address, attribute };
    const key = `${block.address}.${attribute}`;
    return follow(key, site, () => evaluate(raw, siteOfStep(siteOf(block), attribute)));
  };

  return { configuration, evaluate };
}

function missing(name: string, site: Site) {
  return unresolved(site, { reason: `${name} is not in the configuration`, nextStep: 'add it, or correct the reference' });
}

function isRawList(raw: JsonValue): raw is readonly JsonValue[] {
  return Array.isArray(raw);
}

function constant(raw: JsonValue): Value {
  if (raw === null || typeof raw !== 'object') return raw;
  if (isRawList(raw)) return raw.map(constant);
  return new Map(Object.entries(raw).map(([name, item]) => [name, constant(item)]));
}
