/**
 * Operators, with Terraform's conversions ("5" + 1 is 6, but "5" == 5 is false). A side that decides alone decides:
 * `false && x` is false although x is not known, since that is what it will be.
 */

import { areEqual } from '../types/equality.ts';
import {
  isSymbolic,
  type Symbolic,
  symbolIn,
  toBoolean,
  toNumber,
  unknownBecause,
  type Value,
} from '../value.ts';
import { type Arithmetic, calculate } from './exact-numbers.ts';
import type { BinaryOperator } from './syntax.ts';

export type Operated =
  | { readonly kind: 'value'; readonly value: Value }
  /** The operands are of a kind that the operator does not take. */
  | { readonly kind: 'mismatch' }
  /** There is no such number, or none that is kept exactly. */
  | { readonly kind: 'no-number' };

export function applyBinary(operator: BinaryOperator, left: Value, right: Value): Operated {
  switch (operator) {
    case '==':
    case '!=':
      return operated(compareEqual(operator, left, right));
    case '&&':
    case '||':
      return applyLogical(operator, left, right);
    default:
      return applyNumeric(operator, left, right);
  }
}

export function applyUnary(operator: '!' | '-', operand: Value): Operated {
  if (isSymbolic(operand)) return operated(unknownBecause(operand));
  if (operator === '!') {
    const condition = toBoolean(operand);
    return condition === undefined ? { kind: 'mismatch' } : operated(!condition);
  }
  const number = toNumber(operand);
  return number === undefined ? { kind: 'mismatch' } : operated(-number);
}

function operated(value: Value): Operated {
  return { kind: 'value', value };
}

function compareEqual(operator: '==' | '!=', left: Value, right: Value): Value {
  const result = areEqual(left, right);
  if (typeof result !== 'boolean') return unknownBecause(result);
  return operator === '==' ? result : !result;
}

function applyLogical(operator: '&&' | '||', left: Value, right: Value): Operated {
  const deciding = operator === '||';
  const symbols: Symbolic[] = [];
  let isDecided = false;
  for (const operand of [left, right]) {
    if (isSymbolic(operand)) {
      symbols.push(operand);
      continue;
    }
    const condition = toBoolean(operand);
    if (condition === undefined) return { kind: 'mismatch' };
    isDecided ||= condition === deciding;
  }
  const [symbol] = symbols;
  if (isDecided) return operated(deciding);
  return operated(symbol ? unknownBecause(symbol) : !deciding);
}

function applyNumeric(
  operator: Exclude<BinaryOperator, '||' | '&&' | '==' | '!='>,
  left: Value,
  right: Value,
): Operated {
  const symbol = symbolIn(left) ?? symbolIn(right);
  if (symbol) return operated(unknownBecause(symbol));
  const [leftNumber, rightNumber] = [toNumber(left), toNumber(right)];
  if (leftNumber === undefined || rightNumber === undefined) return { kind: 'mismatch' };
  switch (operator) {
    case '<':
      return operated(leftNumber < rightNumber);
    case '<=':
      return operated(leftNumber <= rightNumber);
    case '>':
      return operated(leftNumber > rightNumber);
    case '>=':
      return operated(leftNumber >= rightNumber);
    default:
      return arithmetic(operator, leftNumber, rightNumber);
  }
}

function arithmetic(operator: Arithmetic, left: number, right: number): Operated {
  const result = calculate(operator, left, right);
  return result === undefined ? { kind: 'no-number' } : operated(result);
}
