/** Terraform's functions on numbers. */

import type { Value } from '../value.ts';
import { toNumber } from '../value.ts';
import { sumOf } from './exact-numbers.ts';
import {
  ArgumentProblem,
  define,
  type FunctionTable,
  integerArgument,
  LIST,
  listArgument,
  numberArgument,
  textArgument,
  VALUE,
  WHOLE,
} from './terraform-function.ts';

const PARSED_TEXT_LENGTH_MAX = 1_000;

export const NUMBER_FUNCTIONS: FunctionTable = {
  abs: onNumber((number) => Math.abs(number)),
  ceil: onNumber((number) => Math.ceil(number) + 0),
  floor: onNumber((number) => Math.floor(number)),
  signum: define([WHOLE], (values) => Math.sign(integerArgument(values, 0))),
  log: define([WHOLE, WHOLE], (values) => {
    const [number, base] = [numberArgument(values, 0), numberArgument(values, 1)];
    return finite(Math.log(number) / Math.log(base));
  }),
  pow: define([WHOLE, WHOLE], (values) => finite(numberArgument(values, 0) ** numberArgument(values, 1))),
  max: define([], (values) => Math.max(...someNumbers(values)), { rest: WHOLE }),
  min: define([], (values) => Math.min(...someNumbers(values)), { rest: WHOLE }),
  sum: define([LIST], (values) => sum(listArgument(values, 0))),
  parseint: define([VALUE, WHOLE], parseInteger),
};

function onNumber(apply: (number: number) => number): FunctionTable[string] {
  return define([WHOLE], (values) => apply(numberArgument(values, 0)));
}

function someNumbers(values: readonly Value[]): readonly number[] {
  if (values.length === 0) throw new ArgumentProblem('it takes one number at least');
  return values.map((_, index) => numberArgument(values, index));
}

function finite(number: number): number {
  if (Number.isFinite(number)) return number;
  throw new ArgumentProblem('the result is no number');
}

function sum(list: readonly Value[]): number {
  if (list.length === 0) throw new ArgumentProblem('the list is empty');
  const total = sumOf(
    list.map((item) => {
      const number = toNumber(item);
      if (number === undefined) throw new ArgumentProblem('every item must be a number');
      return number;
    }),
  );
  if (total !== undefined) return total;
  throw new ArgumentProblem('the result has more digits than are kept', { isLimit: true });
}

/** Digits beyond 36 are Go's: lower case before upper case. */
const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

function parseInteger(values: readonly Value[]): number {
  const base = integerArgument(values, 1);
  const text = textArgument(values, 0);
  if (base < 2 || base > 62) throw new ArgumentProblem('the base must be between 2 and 62');
  const [, sign = '', digits = ''] =
    /^([-+]?)([0-9A-Za-z]+)$/.exec(base > 36 ? text : text.toLowerCase()) ?? [];
  if (digits.length > PARSED_TEXT_LENGTH_MAX)
    throw new ArgumentProblem('the text is too long', { isLimit: true });
  let value = 0n;
  for (const digit of digits) {
    const place = DIGITS.indexOf(digit);
    if (place >= base) throw new ArgumentProblem(`the text is no number to base ${base}`);
    value = value * BigInt(base) + BigInt(place);
  }
  if (digits === '') throw new ArgumentProblem(`the text is no number to base ${base}`);
  const result = Number(sign === '-' ? -value : value);
  if (BigInt(result) === (sign === '-' ? -value : value)) return result;
  throw new ArgumentProblem('the result has more digits than are kept', { isLimit: true });
}
