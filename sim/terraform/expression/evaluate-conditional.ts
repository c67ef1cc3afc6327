/**
 * Evaluates `test ? a : b`. As in Terraform both sides become of one type, so that the side not taken is looked at
 * too; a failure there does not matter.
 */

import { type Site, TerraformError } from '../site.ts';
import { convertToType } from '../types/convert-to-type.ts';
import { areTypesEqual, formatType, type TerraformType, typeOf } from '../types/terraform-type.ts';
import { unifyTypes } from '../types/unify-types.ts';
import { describeKind, isSymbolic, reasonOf, toBoolean, type Value } from '../value.ts';
import { failure } from './evaluate-access.ts';
import type { EvaluateWith } from './evaluate-loops.ts';
import type { Expression } from './syntax.ts';

export function evaluateConditional(
  expression: Extract<Expression, { kind: 'conditional' }>,
  evaluate: EvaluateWith,
  site: Site,
): Value {
  const test = evaluate(expression.test);
  if (isSymbolic(test)) return { kind: 'unknown', reason: `the condition is not known: ${reasonOf(test)}` };
  const isTrue = toBoolean(test);
  if (isTrue === undefined) throw failure(site, `a condition cannot be ${describeKind(test)}`);
  const [taken, other] = isTrue
    ? [expression.then, expression.otherwise]
    : [expression.otherwise, expression.then];
  const value = evaluate(taken);
  const otherType = typeOfOther(other, evaluate);
  if (otherType === undefined) return value;
  const type = typeOf(value);
  const common = unifyTypes([type, otherType]);
  if (common === undefined) {
    throw failure(
      site,
      `both sides of a conditional must be of one type, not ${formatType(type)} and ${formatType(otherType)}`,
    );
  }
  return areTypesEqual(type, common) ? value : convertToType(value, common, site);
}

function typeOfOther(other: Expression, evaluate: EvaluateWith): TerraformType | undefined {
  try {
    return typeOf(evaluate(other));
  } catch (error) {
    if (error instanceof TerraformError) return undefined;
    throw error;
  }
}
