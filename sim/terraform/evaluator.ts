/**
 * Evaluates raw values of a configuration, following references. An attribute that the configuration sets is
 * evaluated; one that it does not set is carried as a reference. A reference to a block that is not there, and a
 * cycle, are errors. Nothing is evaluated before it is asked for.
 */

import type { Block, JsonObject, JsonValue, TerraformConfiguration } from './configuration.ts';
import { evaluateExpression, referenceLength } from './expression/evaluate-expression.ts';
import { parseTemplate } from './expression/parse-expression.ts';
import { type Site, siteOf, siteOfStep, type TerraformError, unresolved } from './site.ts';
import { isSymbolic, toText, unknownBecause, type Value } from './value.ts';

export interface Evaluator {
  /** Throws SIM_TERRAFORM_UNRESOLVED or SIM_TERRAFORM_INVALID with the site in fault. */
  evaluate(raw: JsonValue, site: Site): Value;
}

export function createEvaluator(configuration: TerraformConfiguration): Evaluator {
  return new ConfigurationEvaluator(configuration);
}

/** Roots of references that are legal and not read. */
const UNREAD_ROOTS: ReadonlySet<string> = new Set([
  'count',
  'each',
  'ephemeral',
  'module',
  'path',
  'self',
  'terraform',
]);

/** Values and chains of references that need more levels are refused, so that no configuration can exhaust the stack. */
const DEPTH_MAX = 400;

class ConfigurationEvaluator implements Evaluator {
  readonly #configuration: TerraformConfiguration;
  /** Values of `local.x` and `type.name.attribute`, by those names. */
  readonly #known = new Map<string, Value>();
  /** What is being evaluated, outermost first. */
  readonly #chain: string[] = [];
  #depth = 0;

  constructor(configuration: TerraformConfiguration) {
    this.#configuration = configuration;
  }

  evaluate(raw: JsonValue, site: Site): Value {
    if (typeof raw === 'string') return this.#template(raw, site);
    if (raw === null || typeof raw !== 'object') return raw;
    return this.#deeper(site, () => (isRawList(raw) ? this.#list(raw, site) : this.#map(raw, site)));
  }

  #list(raw: readonly JsonValue[], site: Site): Value {
    return raw.map((item, index) => this.evaluate(item, siteOfStep(site, index)));
  }

  #map(raw: JsonObject, site: Site): Value {
    const entries = new Map<string, Value>();
    for (const [name, item] of Object.entries(raw)) {
      if (name === '//') continue;
      const inner = siteOfStep(site, name);
      const key = this.#template(name, inner);
      if (isSymbolic(key)) return unknownBecause(key);
      entries.set(toText(key) ?? name, this.evaluate(item, inner));
    }
    return entries;
  }

  #template(text: string, site: Site): Value {
    if (!text.includes('${') && !text.includes('%{')) return text;
    return evaluateExpression(parseTemplate(text, site), {
      site,
      resolve: (names) => this.#reference(names, site),
      deeper: (run) => this.#deeper(site, run),
    });
  }

  #reference(names: readonly string[], site: Site): Value {
    const [root = ''] = names;
    if (UNREAD_ROOTS.has(root)) {
      throw unresolved(site, { reason: `"${root}" is not read yet`, nextStep: 'write the value out' });
    }
    const address = names.slice(0, root === 'data' ? 3 : 2).join('.');
    if (root === 'var') return this.#variable(address, site);
    if (root === 'local') return this.#local(address, site);
    const blocks = root === 'data' ? this.#configuration.dataSources : this.#configuration.resources;
    const block = blocks.get(address);
    if (block === undefined) throw missing(names.join('.'), site);
    const repetition = ['count', 'for_each'].find((name) => Object.hasOwn(block.body, name));
    if (repetition !== undefined) {
      const reason = `${block.address} has ${repetition}, which is not read yet`;
      throw unresolved(site, { reason, nextStep: 'write its instances out' });
    }
    const attribute = names[referenceLength(root) - 1];
    if (attribute !== undefined) return this.#attribute(block, attribute, site);
    return { kind: 'unknown', reason: `${address} as a whole is known only after apply` };
  }

  /** A default is a constant, in which "${" stands for itself. */
  #variable(address: string, site: Site): Value {
    const variable = this.#configuration.variables.get(address);
    if (variable === undefined) throw missing(address, site);
    if (variable.value !== undefined) return constant(variable.value);
    return { kind: 'unknown', reason: `${address} has no default` };
  }

  #local(address: string, site: Site): Value {
    const local = this.#configuration.locals.get(address);
    if (local === undefined) throw missing(address, site);
    return this.#follow(address, site, () => this.evaluate(local.value ?? null, siteOf(local)));
  }

  #attribute(block: Block, attribute: string, site: Site): Value {
    const raw = Object.hasOwn(block.body, attribute) ? block.body[attribute] : undefined;
    if (raw === undefined || raw === null) return { kind: 'reference', address: block.address, attribute };
    const key = `${block.address}.${attribute}`;
    return this.#follow(key, site, () => this.evaluate(raw, siteOfStep(siteOf(block), attribute)));
  }

  /** Evaluates what a name stands for once, and notices when it stands for itself. */
  #follow(name: string, site: Site, compute: () => Value): Value {
    const before = this.#known.get(name);
    if (before !== undefined) return before;
    if (this.#chain.includes(name)) {
      const circle = [...this.#chain.slice(this.#chain.indexOf(name)), name].join(' → ');
      throw unresolved(site, { reason: `it depends on itself: ${circle}`, nextStep: 'break the cycle' });
    }
    this.#chain.push(name);
    try {
      const value = compute();
      this.#known.set(name, value);
      return value;
    } finally {
      this.#chain.pop();
    }
  }

  #deeper<Result>(site: Site, run: () => Result): Result {
    if (this.#depth >= DEPTH_MAX) {
      const reason = `evaluating it takes more than ${DEPTH_MAX} levels`;
      throw unresolved(site, { reason, nextStep: 'nest less, or shorten the chain of references' });
    }
    this.#depth += 1;
    try {
      return run();
    } finally {
      this.#depth -= 1;
    }
  }
}

function missing(name: string, site: Site): TerraformError {
  const reason = `${name} is not in the configuration`;
  return unresolved(site, { reason, nextStep: 'add it, or correct the reference' });
}

function isRawList(raw: JsonValue): raw is readonly JsonValue[] {
  return Array.isArray(raw);
}

function constant(raw: JsonValue): Value {
  if (raw === null || typeof raw !== 'object') return raw;
  if (isRawList(raw)) return raw.map(constant);
  return new Map(Object.entries(raw).map(([name, item]) => [name, constant(item)]));
}
