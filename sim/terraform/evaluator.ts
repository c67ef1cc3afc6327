/**
 * Evaluates raw values of a configuration, following references through its modules. Nothing is evaluated before it is
 * asked for, and what has a name is evaluated once. A cycle, and a name that stands for nothing, are mistakes.
 */

import type { JsonObject, JsonValue, TerraformConfiguration } from './configuration.ts';
import type { ConfigurationFiles } from './expression/configuration-files.ts';
import { evaluateExpression } from './expression/evaluate-expression.ts';
import { parseTemplate } from './expression/parse-expression.ts';
import type { Expression } from './expression/syntax.ts';
import { type VariableInputs, variableOf } from './input-variables.ts';
import { Instances } from './instances.ts';
import { rootValue } from './root-values.ts';
import type { ModuleInstance } from './scope.ts';
import { invalid, type Site, siteOfStep, TerraformError, unresolved } from './site.ts';
import { isSymbolic, toText, unknownBecause, type Value } from './value.ts';

export interface Evaluator {
  /** Names mean what they mean at the site. Throws SIM_TERRAFORM_UNRESOLVED or SIM_TERRAFORM_INVALID with the site in fault. */
  evaluate(raw: JsonValue, site: Site): Value;
}

/** What the parts of an evaluation need of one another. */
export interface Evaluation extends Evaluator {
  readonly root: ModuleInstance;
  readonly inputs: VariableInputs;
  readonly instances: Instances;
  readonly files?: ConfigurationFiles;
  readonly computed?: ComputeAttribute;
  /** `var.x` of a module, converted to its type. */
  variable(module: ModuleInstance, name: string, site: Site): Value;
  /** Computes what a name stands for once, and notices when it stands for itself. */
  follow<Result>(found: Map<string, Result>, step: Step, compute: () => Result): Result;
}

export interface Step {
  /** As it is told in a cycle: `module.net.local.azs`. */
  readonly name: string;
  readonly site: Site;
}

export interface EvaluationOptions {
  readonly inputs: VariableInputs;
  readonly files?: ConfigurationFiles;
  readonly computed?: ComputeAttribute;
}

/** What an attribute that nobody writes can be told to be all the same; undefined: it stays a symbol. */
export type ComputeAttribute = (address: string, attribute: string) => Value | undefined;

/** The evaluator of a configuration that was read; with `computed`, one that asks it first. */
export function createEvaluator(
  configuration: TerraformConfiguration,
  { computed }: { readonly computed?: ComputeAttribute } = {},
): Evaluator {
  const { evaluation } = configuration;
  if (computed === undefined) return evaluation;
  const { root, inputs, files } = evaluation;
  return createEvaluation(root, { inputs, computed, ...(files !== undefined && { files }) });
}

export function createEvaluation(root: ModuleInstance, options: EvaluationOptions): Evaluation {
  return new ConfigurationEvaluation(root, options);
}

/** Values and chains of references that need more levels are refused, so that no configuration can exhaust the stack. */
const DEPTH_MAX = 400;

/** Of expressions in one value, all that it refers to included: loops in loops are refused instead of run for hours. */
const STEPS_MAX = 500_000;

class ConfigurationEvaluation implements Evaluation {
  readonly root: ModuleInstance;
  readonly inputs: VariableInputs;
  readonly files?: ConfigurationFiles;
  readonly computed?: ComputeAttribute;
  readonly instances: Instances;
  readonly #variables = new Map<string, Value>();
  readonly #parsed = new Map<string, Expression>();
  /** What is being evaluated, outermost first. */
  readonly #chain: Step[] = [];
  readonly #inChain = new Set<string>();
  /** By what was looked up and where the result would have been kept: what failed once fails again. */
  readonly #failed = new WeakMap<object, Map<string, TerraformError>>();
  /** Failures of a bound: whether what is inside meets it depends on what is around it. */
  readonly #limits = new WeakSet<TerraformError>();
  #depth = 0;
  #steps = 0;

  constructor(root: ModuleInstance, { inputs, files, computed }: EvaluationOptions) {
    this.root = root;
    this.inputs = inputs;
    if (files !== undefined) this.files = files;
    if (computed !== undefined) this.computed = computed;
    this.instances = new Instances(this);
  }

  evaluate(raw: JsonValue, site: Site): Value {
    if (typeof raw === 'string') return this.#template(raw, site);
    if (raw === null || typeof raw !== 'object') return raw;
    return this.#deeper(site, () => (isRawList(raw) ? this.#list(raw, site) : this.#map(raw, site)));
  }

  variable(module: ModuleInstance, name: string, site: Site): Value {
    return variableOf(this, { module, name, site, known: this.#variables });
  }

  follow<Result>(found: Map<string, Result>, { name, site }: Step, compute: () => Result): Result {
    const before = found.get(name);
    if (before !== undefined) return before;
    const failure = this.#failed.get(found)?.get(name);
    if (failure !== undefined) throw failure;
    if (this.#inChain.has(name)) {
      const start = this.#chain.findIndex((step) => step.name === name);
      throw cycleError([...this.#chain.slice(start + 1), { name, site }]);
    }
    this.#chain.push({ name, site });
    this.#inChain.add(name);
    try {
      const result = compute();
      found.set(name, result);
      return result;
    } catch (error) {
      if (error instanceof TerraformError) this.#remember(found, name, error);
      throw error;
    } finally {
      this.#chain.pop();
      this.#inChain.delete(name);
    }
  }

  #remember(found: object, name: string, error: TerraformError): void {
    if (this.#limits.has(error) && this.#chain.length > 1) return;
    const failures = this.#failed.get(found) ?? new Map<string, TerraformError>();
    this.#failed.set(found, failures.set(name, error));
  }

  #exceeded(site: Site, reason: string, nextStep: string): TerraformError {
    const error = unresolved(site, { reason, nextStep });
    this.#limits.add(error);
    return error;
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
    let expression = this.#parsed.get(text);
    if (expression === undefined) {
      expression = parseTemplate(text, site);
      this.#parsed.set(text, expression);
    }
    if (site.scope?.isConstant && holdsCall(expression)) {
      throw invalid(site, { reason: 'a constant cannot call a function', nextStep: 'write the value out' });
    }
    return evaluateExpression(expression, {
      site,
      root: (name) => rootValue(this, name, site),
      deeper: (run) => this.#deeper(site, run),
      ...(this.files !== undefined && { files: this.files }),
    });
  }

  #deeper<Result>(site: Site, run: () => Result): Result {
    if (this.#depth >= DEPTH_MAX) {
      const reason = `evaluating it takes more than ${DEPTH_MAX} levels`;
      throw this.#exceeded(site, reason, 'nest less, or shorten the chain of references');
    }
    if (this.#depth === 0) this.#steps = 0;
    this.#steps += 1;
    if (this.#steps > STEPS_MAX) {
      throw this.#exceeded(site, `evaluating it takes more than ${STEPS_MAX} steps`, 'loop over less');
    }
    this.#depth += 1;
    try {
      return run();
    } finally {
      this.#depth -= 1;
    }
  }
}

/** Told alike wherever it is met first: from its first name in order, at the place that refers to that. */
function cycleError(steps: readonly Step[]): TerraformError {
  const { name: start, site } = steps.reduce((one, other) => (other.name < one.name ? other : one));
  const names = steps.map(({ name }) => name);
  const first = names.indexOf(start);
  const circle = [...names.slice(first), ...names.slice(0, first + 1)].join(' → ');
  return invalid(site, { reason: `it depends on itself: ${circle}`, nextStep: 'break the cycle' });
}

function holdsCall(part: unknown): boolean {
  if (typeof part !== 'object' || part === null) return false;
  return ('kind' in part && part.kind === 'call') || Object.values(part).some(holdsCall);
}

function isRawList(raw: JsonValue): raw is readonly JsonValue[] {
  return Array.isArray(raw);
}
