/**
 * Evaluates a syntax tree. What AWS decides after apply stays symbolic and makes what is computed from it unknown;
 * nothing is ever guessed. References are resolved by the caller.
 */

import { type Site, TerraformError, unresolved } from '../site.ts';
import { describeKind, isList, isSymbolic, toBoolean, toText, unknownBecause, type Value } from '../value.ts';
import { bounded, elementsOf } from './bounds.ts';
import { callFunction } from './call-function.ts';
import type { ConfigurationFiles } from './configuration-files.ts';
import { attributeOf, failure, memberOf } from './evaluate-access.ts';
import { evaluateConditional } from './evaluate-conditional.ts';
import { type Bindings, type EvaluateWith, evaluateFor, evaluateSplat } from './evaluate-loops.ts';
import { evaluateTemplate } from './evaluate-template.ts';
import { applyBinary, applyUnary, type Operated } from './operators.ts';
import { parseTemplate } from './parse-expression.ts';
import type { CallExpression, Expression } from './syntax.ts';

export interface EvaluationContext {
  readonly site: Site;
  /** What the first name of a reference stands for: `aws_vpc`, `var`, `each`. Usually a `LazyObject`. */
  readonly root: (name: string) => Value;
  /** Runs one level deeper, within the caller's bound. */
  readonly deeper: <Result>(run: () => Result) => Result;
  /** What `file` and its kin read from; without it they are refused. */
  readonly files?: ConfigurationFiles;
}

interface Scope extends EvaluationContext {
  /** The element that a splat is at. */
  readonly item?: Value;
  readonly isTemplateFile?: boolean;
}

type Of<Kind extends Expression['kind']> = Extract<Expression, { kind: Kind }>;

export function evaluateExpression(expression: Expression, context: EvaluationContext): Value {
  return context.deeper(() => bounded(composed(dispatch(expression, context), expression), context.site));
}

/** Text is in Unicode's composed form throughout Terraform. What stood somewhere before is so already. */
function composed(value: Value, { kind }: Expression): Value {
  const isNew = kind === 'literal' || kind === 'template' || kind === 'call';
  return isNew && typeof value === 'string' && /[^\0-\x7f]/.test(value) ? value.normalize('NFC') : value;
}

function dispatch(expression: Expression, scope: Scope): Value {
  const evaluate: EvaluateWith = (inner, bindings) =>
    evaluateExpression(inner, bindings === undefined ? scope : within(scope, bindings));
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'template':
      return evaluateTemplate(expression, evaluate, scope.site);
    case 'list':
      return expression.items.map((item) => evaluate(item));
    case 'object':
      return object(expression, evaluate, scope);
    case 'root':
      return scope.root(expression.name);
    case 'splat-item':
      return scope.item ?? null;
    case 'attribute':
      return attributeOf(evaluate(expression.object), expression.name, scope.site);
    case 'index':
      return memberOf(evaluate(expression.object), evaluate(expression.key), scope.site);
    case 'splat':
      return evaluateSplat(expression, evaluate);
    case 'for':
      return evaluateFor(expression, evaluate, scope.site);
    case 'call':
      return call(expression, evaluate, scope);
    case 'unary':
      return unary(expression, evaluate, scope);
    case 'binary':
      return binary(expression, evaluate, scope);
    case 'conditional':
      return conditional(expression, evaluate, scope);
  }
}

function within(scope: Scope, { names, item }: Bindings): Scope {
  const inner = item === undefined ? scope : { ...scope, item };
  if (names === undefined) return inner;
  return { ...inner, root: (name) => names.get(name) ?? (names.has(name) ? null : scope.root(name)) };
}

function conditional(expression: Of<'conditional'>, evaluate: EvaluateWith, scope: Scope): Value {
  const value = evaluateConditional(expression, evaluate, scope.site);
  chargeFor([value], scope);
  return value;
}

function object(expression: Of<'object'>, evaluate: EvaluateWith, scope: Scope): Value {
  const entries = new Map<string, Value>();
  for (const entry of expression.entries) {
    const key = evaluate(entry.key);
    if (isSymbolic(key)) return unknownBecause(key);
    const name = toText(key);
    if (name === undefined) throw failure(scope.site, `the name in an object cannot be ${describeKind(key)}`);
    entries.set(name, evaluate(entry.value));
  }
  return entries;
}

function call(expression: CallExpression, evaluate: EvaluateWith, scope: Scope): Value {
  if (expression.name === 'try' || expression.name === 'can') return attempt(expression, evaluate, scope);
  if (expression.name === 'templatefile' && scope.isTemplateFile) {
    throw failure(scope.site, 'a template file cannot render another');
  }
  const values = expression.arguments.map((argument) => evaluate(argument));
  const last = values.at(-1);
  const charge = (steps: number) => chargeSteps(scope, steps);
  const caller = { site: scope.site, files: scope.files, renderTemplate: rendererOf(scope), charge };
  chargeFor(values, scope);
  if (!expression.isSpread || last === undefined) return callFunction(expression.name, values, caller);
  if (isSymbolic(last)) return unknownBecause(last);
  if (!isList(last)) throw failure(scope.site, `only a list can be spread, not ${describeKind(last)}`);
  return callFunction(expression.name, [...values.slice(0, -1), ...last], caller);
}

/** Elements that are gone through in about the time of a step. */
const ELEMENTS_PER_STEP = 4;

/** Work on large values counts like the evaluation of many small ones, so that a loop of it comes to its end. */
function chargeFor(values: readonly Value[], scope: Scope): void {
  chargeSteps(scope, values.reduce<number>((sum, value) => sum + elementsOf(value), 0) / ELEMENTS_PER_STEP);
}

function chargeSteps(scope: Scope, steps: number): void {
  for (let step = 1; step < steps; step += 1) scope.deeper(() => undefined);
}

/** A template file sees the variables that it is given, and nothing else. */
function rendererOf(scope: Scope) {
  return (text: string, variables: ReadonlyMap<string, Value>) => {
    const inner: Scope = {
      ...scope,
      isTemplateFile: true,
      root: (name) => {
        const found = variables.get(name);
        if (found === undefined) throw failure(scope.site, `the template is given no "${name}"`);
        return found;
      },
    };
    return evaluateExpression(parseTemplate(text, scope.site), inner);
  };
}

/** Goes on only after what Terraform itself would fail on, never after what is merely not read here. */
function attempt(expression: CallExpression, evaluate: EvaluateWith, scope: Scope): Value {
  if (expression.isSpread) {
    const nextStep = 'write its arguments out';
    throw unresolved(scope.site, { reason: `${expression.name} with "..." is not evaluated`, nextStep });
  }
  if (expression.name === 'can' && expression.arguments.length !== 1) {
    throw failure(scope.site, 'can takes one argument');
  }
  for (const argument of expression.arguments) {
    try {
      const value = evaluate(argument);
      return expression.name === 'can' && !isSymbolic(value) ? true : value;
    } catch (error) {
      if (!(error instanceof TerraformError) || !error.isTerraformsOwn) throw error;
      if (expression.name === 'can') return false;
    }
  }
  throw failure(scope.site, `every argument of ${expression.name} fails`);
}

function unary(expression: Of<'unary'>, evaluate: EvaluateWith, scope: Scope): Value {
  const operand = evaluate(expression.operand);
  return operated(applyUnary(expression.operator, operand), scope, () => {
    return `"${expression.operator}" does not take ${describeKind(operand)}`;
  });
}

function binary(expression: Of<'binary'>, evaluate: EvaluateWith, scope: Scope): Value {
  const left = evaluate(expression.left);
  // As in Terraform from 1.12 on, a side that decides alone keeps the other from being looked at.
  if (expression.operator === '||' && toBoolean(left) === true) return true;
  if (expression.operator === '&&' && toBoolean(left) === false) return false;
  const right = evaluate(expression.right);
  chargeFor([left, right], scope);
  return operated(applyBinary(expression.operator, left, right), scope, () => {
    return `"${expression.operator}" does not take ${describeKind(left)} and ${describeKind(right)}`;
  });
}

function operated(result: Operated, { site }: Scope, mismatch: () => string): Value {
  if (result.kind === 'value') return result.value;
  if (result.kind === 'mismatch') throw failure(site, mismatch());
  const reason = 'it divides by zero, or gives a number of more digits than are kept';
  throw unresolved(site, { reason, nextStep: 'write the value out' });
}
