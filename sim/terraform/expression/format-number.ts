/** Numbers as Go's fmt writes them. */

import { formatNumber } from '../value.ts';
import type { Verb } from './format-text.ts';
import { ArgumentProblem } from './terraform-function.ts';

const BASES: Readonly<Record<string, { readonly base: number; readonly prefix: string }>> = {
  b: { base: 2, prefix: '0b' },
  d: { base: 10, prefix: '' },
  o: { base: 8, prefix: '0' },
  x: { base: 16, prefix: '0x' },
  X: { base: 16, prefix: '0X' },
};

const PRECISION_MAX = 100;
/** What Go's strconv takes where no precision is given. */
const SHORTEST_PRECISION = 6;

export function formatInteger(verb: Verb, number: number): string {
  if (!Number.isInteger(number)) throw new ArgumentProblem('the argument is not a whole number');
  const { base, prefix } = BASES[verb.mode] ?? { base: 10, prefix: '' };
  let digits = BigInt(Math.abs(number)).toString(base);
  if (verb.mode === 'X') digits = digits.toUpperCase();
  return signed(verb, number, (verb.flags.includes('#') ? prefix : '') + digits);
}

export function formatFloat(verb: Verb, number: number): string {
  const precision = verb.precision ?? (/g/i.test(verb.mode) ? undefined : 6);
  if (precision !== undefined && precision > PRECISION_MAX) {
    throw new ArgumentProblem('so many digits are not written', { isLimit: true });
  }
  const size = Math.abs(number);
  const text = /f/i.test(verb.mode)
    ? fixed(size, precision ?? 6)
    : /e/i.test(verb.mode)
      ? exponential(size.toExponential(precision))
      : formatGeneral(size, precision);
  return signed(verb, number, verb.mode === verb.mode.toUpperCase() ? text.toUpperCase() : text);
}

/** `%g`: with an exponent for what is very large or very small. */
export function formatGeneral(number: number, precision: number | undefined): string {
  const text = exponential(
    precision === undefined ? number.toExponential() : number.toExponential(Math.max(precision, 1) - 1),
  );
  const exponent = Number(text.slice(text.indexOf('e') + 1));
  return exponent >= -4 && exponent < (precision ?? SHORTEST_PRECISION) ? formatNumber(Number(text)) : text;
}

/** Halves go to the even neighbour. */
function fixed(size: number, precision: number): string {
  const [whole = '', fraction = ''] = formatNumber(size).split('.');
  const kept = BigInt(whole + fraction.slice(0, precision).padEnd(precision, '0'));
  const rest = fraction.slice(precision);
  const isHalf = /^50*$/.test(rest);
  const isUp = isHalf ? kept % 2n === 1n : /^[5-9]/.test(rest);
  const digits = String(isUp ? kept + 1n : kept).padStart(precision + 1, '0');
  return precision === 0 ? digits : `${digits.slice(0, -precision)}.${digits.slice(-precision)}`;
}

/** Go writes two digits at least: 1e-05. */
function exponential(text: string): string {
  return text.replace(/e([-+])(\d)$/, 'e$10$2');
}

function signed(verb: Verb, number: number, digits: string): string {
  const sign = number < 0 ? '-' : verb.flags.includes('+') ? '+' : verb.flags.includes(' ') ? ' ' : '';
  const missing = Math.max(0, verb.width - sign.length - digits.length);
  if (verb.flags.includes('-')) return sign + digits + ' '.repeat(missing);
  return verb.flags.includes('0') ? sign + '0'.repeat(missing) + digits : ' '.repeat(missing) + sign + digits;
}
