/**
 * Operators on known values, with Terraform's conversions ("5" + 1 is 6, but "5" == 5 is false). A `undefined`
 * result means that the operands are of a kind the operator does not take.
 */

import { areEqual, toBoolean, toNumber, type Value } from '../value.ts';
import type { BinaryOperator } from './syntax.ts';

type NumberOperator = Exclude<BinaryOperator, '||' | '&&' | '==' | '!='>;

const NUMBER_OPERATORS: Readonly<Record<NumberOperator, (left: number, right: number) => Value>> = {
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
};

export function applyBinary(operator: BinaryOperator, left: Value, right: Value): Value | undefined {
  switch (operator) {
    case '==':
      return areEqual(left, right);
    case '!=':
      return !areEqual(left, right);
    case '&&':
    case '||':
      return applyLogical(operator, left, right);
    default: {
      const [leftNumber, rightNumber] = [toNumber(left), toNumber(right)];
      if (leftNumber === undefined || rightNumber === undefined) return undefined;
      const result = NUMBER_OPERATORS[operator](leftNumber, rightNumber);
      return typeof result === 'number' && !Number.isFinite(result) ? undefined : result;
    }
  }
}

export function applyUnary(operator: '!' | '-', operand: Value): Value | undefined {
  if (operator === '!') {
    const condition = toBoolean(operand);
    return condition === undefined ? undefined : !condition;
  }
  const number = toNumber(operand);
  return number === undefined ? undefined : -number;
}

function applyLogical(operator: '&&' | '||', left: Value, right: Value): Value | undefined {
  const [leftCondition, rightCondition] = [toBoolean(left), toBoolean(right)];
  if (leftCondition === undefined || rightCondition === undefined) return undefined;
  return operator === '&&' ? leftCondition && rightCondition : leftCondition || rightCondition;
}
