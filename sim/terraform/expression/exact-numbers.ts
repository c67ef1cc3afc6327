/**
 * Arithmetic on decimal numbers without the rounding of binary ones: 0.1 + 0.2 is 0.3, as in Terraform. A whole number
 * that does not fit exactly is undefined, and never rounded in silence. A quotient is rounded at the 16th digit.
 */

import { formatNumber } from '../value.ts';

interface Decimal {
  readonly digits: bigint;
  /** How many of the digits stand behind the point. */
  readonly scale: number;
}

export type Arithmetic = '+' | '-' | '*' | '/' | '%';

/** Digits of a quotient behind the point: more than a number keeps. */
const QUOTIENT_SCALE = 40;

export function calculate(operator: Arithmetic, left: number, right: number): number | undefined {
  if (isRounded(left) || isRounded(right)) return calculateRounded(operator, left, right);
  const [one, other] = sameScale(decimalOf(left), decimalOf(right));
  switch (operator) {
    case '+':
      return numberOf({ digits: one.digits + other.digits, scale: one.scale });
    case '-':
      return numberOf({ digits: one.digits - other.digits, scale: one.scale });
    case '*':
      return numberOf({ digits: one.digits * other.digits, scale: one.scale * 2 });
    case '/':
      if (other.digits === 0n) return undefined;
      return numberOf({
        digits: (one.digits * 10n ** BigInt(QUOTIENT_SCALE)) / other.digits,
        scale: QUOTIENT_SCALE,
      });
    case '%':
      // Terraform gives back the left side here.
      if (other.digits === 0n) return left;
      return numberOf({ digits: one.digits % other.digits, scale: one.scale });
  }
}

/** So many digits come from a quotient. Going on in binary rounds errors away: 1 / 3 * 3 is 1, as in Terraform. */
function isRounded(number: number): boolean {
  return !Number.isInteger(number) && String(number).replaceAll(/e.*|^-?0\.0*|\D/g, '').length > 15;
}

function calculateRounded(operator: Arithmetic, left: number, right: number): number | undefined {
  const results = {
    '+': left + right,
    '-': left - right,
    '*': left * right,
    '/': left / right,
    '%': left % right,
  };
  return Number.isFinite(results[operator]) ? results[operator] : undefined;
}

export function sumOf(numbers: readonly number[]): number | undefined {
  return numbers.reduce<number | undefined>(
    (sum, item) => (sum === undefined ? undefined : calculate('+', sum, item)),
    0,
  );
}

function decimalOf(value: number): Decimal {
  const [whole = '', fraction = ''] = formatNumber(value).split('.');
  return { digits: BigInt(whole + fraction), scale: fraction.length };
}

function sameScale(left: Decimal, right: Decimal): readonly [Decimal, Decimal] {
  const scale = Math.max(left.scale, right.scale);
  const widened = (decimal: Decimal) => ({
    digits: decimal.digits * 10n ** BigInt(scale - decimal.scale),
    scale,
  });
  return [widened(left), widened(right)];
}

function numberOf({ digits, scale }: Decimal): number | undefined {
  const unit = 10n ** BigInt(scale);
  if (digits % unit === 0n) {
    const whole = digits / unit;
    return BigInt(Number(whole)) === whole ? Number(whole) : undefined;
  }
  const sign = digits < 0n ? '-' : '';
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
  return Number(`${sign}${text.slice(0, -scale)}.${text.slice(-scale)}`);
}
