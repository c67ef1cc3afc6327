/**
 * Evaluates a syntax tree. What AWS decides after apply stays symbolic and makes what is computed from it unknown;
 * nothing is ever guessed. References are resolved by the caller.
 */

import { invalid, type Site, TerraformError } from '../site.ts';
import {
  describeKind,
  isList,
  isMap,
  isSymbolic,
  reasonOf,
  symbolIn,
  toBoolean,
  toNumber,
  toText,
  unknownBecause,
  type Value,
} from '../value.ts';
import { callFunction } from './call-function.ts';
import { applyBinary, applyUnary } from './operators.ts';
import type { CallExpression, Expression, SplatExpression } from './syntax.ts';

export interface EvaluationContext {
  readonly site: Site;
  /** What `['aws_vpc', 'main', 'id']` stands for; at most as many names as `referenceLength` says. */
  readonly resolve: (names: readonly string[]) => Value;
  /** Runs one level deeper, within the caller's bound. */
  readonly deeper: <Result>(run: () => Result) => Result;
}

type Of<Kind extends Expression['kind']> = Extract<Expression, { kind: Kind }>;

export function evaluateExpression(expression: Expression, context: EvaluationContext): Value {
  return context.deeper(() => dispatch(expression, context));
}

function dispatch(expression: Expression, context: EvaluationContext): Value {
  const evaluate = (inner: Expression) => evaluateExpression(inner, context);
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'template':
      return template(expression, evaluate, context);
    case 'list':
      return expression.items.map(evaluate);
    case 'object':
      return object(expression, evaluate, context);
    case 'root':
    case 'attribute':
    case 'index':
      return reference(expression, evaluate, context);
    case 'splat':
      return splat(expression, evaluate, context);
    case 'call':
      return call(expression, evaluate, context);
    case 'unary':
      return unary(expression, evaluate, context);
    case 'binary':
      return binary(expression, evaluate, context);
    case 'conditional':
      return conditional(expression, evaluate, context);
  }
}

/** How many names make a reference: `var.x`, `data.type.name.attribute`, `type.name.attribute`. */
export function referenceLength(root: string): number {
  if (root === 'var' || root === 'local') return 2;
  return root === 'data' ? 4 : 3;
}

type Evaluate = (expression: Expression) => Value;

/** Terraform would fail on this too. */
function failure(context: EvaluationContext, reason: string): TerraformError {
  return invalid(context.site, { reason, nextStep: 'correct the expression', isTerraformsOwn: true });
}

function template(expression: Of<'template'>, evaluate: Evaluate, context: EvaluationContext): Value {
  const [first, second] = expression.parts;
  if (first !== undefined && second === undefined) return evaluate(first);
  const values = expression.parts.map(evaluate);
  const symbol = values.map(symbolIn).find((found) => found !== undefined);
  if (symbol) return unknownBecause(symbol);
  return values
    .map((value) => {
      const text = toText(value);
      if (text === undefined) throw failure(context, `a template cannot hold ${describeKind(value)}`);
      return text;
    })
    .join('');
}

function object(expression: Of<'object'>, evaluate: Evaluate, context: EvaluationContext): Value {
  const entries = new Map<string, Value>();
  for (const entry of expression.entries) {
    const key = evaluate(entry.key);
    if (isSymbolic(key)) return unknownBecause(key);
    const name = toText(key);
    if (name === undefined) throw failure(context, `the name in an object cannot be ${describeKind(key)}`);
    entries.set(name, evaluate(entry.value));
  }
  return entries;
}

/** The names of `a.b.c` and `a["b"].c`, if nothing in it is computed. */
function namesOf(expression: Expression): readonly string[] | undefined {
  const names: string[] = [];
  for (let inner = expression; ; ) {
    if (inner.kind === 'root') return [inner.name, ...names.reverse()];
    if (inner.kind === 'attribute') names.push(inner.name);
    else if (inner.kind === 'index' && inner.key.kind === 'literal' && typeof inner.key.value === 'string') {
      names.push(inner.key.value);
    } else return undefined;
    inner = inner.object;
  }
}

function reference(
  expression: Of<'root'> | Of<'attribute'> | Of<'index'>,
  evaluate: Evaluate,
  context: EvaluationContext,
): Value {
  const names = namesOf(expression);
  if (names !== undefined && names.length <= referenceLength(names[0] ?? '')) return context.resolve(names);
  if (expression.kind === 'root') return context.resolve([expression.name]);
  const container = evaluate(expression.object);
  return expression.kind === 'attribute'
    ? member(container, expression.name, context)
    : member(container, evaluate(expression.key), context);
}

function member(container: Value, key: Value, context: EvaluationContext): Value {
  if (isSymbolic(container)) return unknownBecause(container);
  if (isSymbolic(key)) return unknownBecause(key);
  if (isMap(container)) {
    const name = toText(key) ?? '';
    const found = container.get(name);
    if (found === undefined) throw failure(context, `the object has no "${name}"`);
    return found;
  }
  if (!isList(container)) throw failure(context, `${describeKind(container)} has no members`);
  const index = toNumber(key);
  if (index === undefined || !Number.isInteger(index))
    throw failure(context, 'the index of a list must be a whole number');
  const found = index < 0 ? undefined : container[index];
  if (found === undefined)
    throw failure(context, `the list has ${container.length} items, and no item ${index}`);
  return found;
}

function splat(expression: SplatExpression, evaluate: Evaluate, context: EvaluationContext): Value {
  const list = evaluate(expression.list);
  if (isSymbolic(list)) return unknownBecause(list);
  if (list === null) return [];
  const items = isList(list) ? list : [list];
  return items.map((item) =>
    expression.steps.reduce<Value>((inner, step) => member(inner, step, context), item),
  );
}

function call(expression: CallExpression, evaluate: Evaluate, context: EvaluationContext): Value {
  if (expression.name === 'try' || expression.name === 'can') return attempt(expression, evaluate, context);
  const values = expression.arguments.map(evaluate);
  const last = values.at(-1);
  if (!expression.isSpread || last === undefined) return callFunction(expression.name, values, context.site);
  if (isSymbolic(last)) return unknownBecause(last);
  if (!isList(last)) throw failure(context, `only a list can be spread, not ${describeKind(last)}`);
  return callFunction(expression.name, [...values.slice(0, -1), ...last], context.site);
}

/** Goes on only after what Terraform itself would fail on, never after what is merely not read here. */
function attempt(expression: CallExpression, evaluate: Evaluate, context: EvaluationContext): Value {
  for (const argument of expression.arguments) {
    try {
      const value = evaluate(argument);
      return expression.name === 'can' && !isSymbolic(value) ? true : value;
    } catch (error) {
      if (!(error instanceof TerraformError) || !error.isTerraformsOwn) throw error;
      if (expression.name === 'can') return false;
    }
  }
  throw failure(context, `every argument of ${expression.name} fails`);
}

function unary(expression: Of<'unary'>, evaluate: Evaluate, context: EvaluationContext): Value {
  const operand = evaluate(expression.operand);
  if (isSymbolic(operand)) return unknownBecause(operand);
  const result = applyUnary(expression.operator, operand);
  if (result === undefined)
    throw failure(context, `"${expression.operator}" does not take ${describeKind(operand)}`);
  return result;
}

function binary(expression: Of<'binary'>, evaluate: Evaluate, context: EvaluationContext): Value {
  const left = evaluate(expression.left);
  const right = evaluate(expression.right);
  const symbol = symbolIn(left) ?? symbolIn(right);
  if (symbol) return unknownBecause(symbol);
  const result = applyBinary(expression.operator, left, right);
  if (result !== undefined) return result;
  throw failure(
    context,
    `"${expression.operator}" does not take ${describeKind(left)} and ${describeKind(right)}`,
  );
}

function conditional(expression: Of<'conditional'>, evaluate: Evaluate, context: EvaluationContext): Value {
  const test = evaluate(expression.test);
  if (isSymbolic(test)) return { kind: 'unknown', reason: `the condition is not known: ${reasonOf(test)}` };
  const isTrue = toBoolean(test);
  if (isTrue === undefined) throw failure(context, `a condition cannot be ${describeKind(test)}`);
  return evaluate(isTrue ? expression.then : expression.otherwise);
}
