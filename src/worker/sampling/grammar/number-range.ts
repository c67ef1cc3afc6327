/**
 * Numbers between two bounds, exactly, by comparing digit for digit. They are written without exponent, with at most 19 digits
 * before the point and 20 behind it.
 */

import type { AutomatonBuilder } from './automaton.ts';
import { schemaInvalid, schemaUnsupported } from './schema-error.ts';

export interface Bound {
  readonly value: number;
  /** The bound itself is not allowed. */
  readonly isExclusive: boolean;
}

export interface NumberRange {
  readonly low: Bound | undefined;
  readonly high: Bound | undefined;
  readonly isInteger: boolean;
}

const wholeDigitsMax = 19;
const fractionDigitsMax = 20;

/** @throws DrydockError WORKER_SCHEMA_INVALID when no number lies between, WORKER_SCHEMA_UNSUPPORTED beyond 19 digits. */
export function addNumberRange(
  builder: AutomatonBuilder,
  from: number,
  path: { readonly range: NumberRange; readonly to: number },
): void {
  const { low, high, isInteger } = path.range;
  const upper = high === undefined || high.value >= 0 ? high : undefined;
  let isAny = false;
  if (high === undefined || high.value > 0 || (high.value === 0 && !high.isExclusive)) {
    const least = low !== undefined && low.value > 0 ? low : zero(low?.value === 0 && low.isExclusive);
    isAny = addMagnitudes(builder, from, { low: least, high: upper, isInteger, to: path.to });
  }
  if (low === undefined || low.value < 0) {
    const negative = builder.addState();
    const least = high !== undefined && high.value < 0 ? negate(high) : zero(true);
    const most = low === undefined ? undefined : negate(low);
    if (addMagnitudes(builder, negative, { low: least, high: most, isInteger, to: path.to })) {
      builder.addText(from, { text: '-', to: negative });
      isAny = true;
    }
  }
  if (!isAny) {
    throw schemaInvalid('no number lies between its bounds', 'check minimum and maximum');
  }
}

const zero = (isExclusive: boolean): Bound => ({ value: 0, isExclusive });
const negate = ({ value, isExclusive }: Bound): Bound => ({ value: -value, isExclusive });

interface Magnitudes {
  readonly low: Bound;
  readonly high: Bound | undefined;
  readonly isInteger: boolean;
  readonly to: number;
}

/** Reads numbers from `low` to `high`, neither below 0. @returns whether there are any. */
function addMagnitudes(builder: AutomatonBuilder, from: number, magnitudes: Magnitudes): boolean {
  const low = decimal(magnitudes.low);
  const high = magnitudes.high === undefined ? undefined : decimal(magnitudes.high);
  let isAny = false;
  for (let length = low.whole.length; length <= (high?.whole.length ?? wholeDigitsMax); length++) {
    const comparison = new Comparison(builder, {
      low: length === low.whole.length ? low : undefined,
      high: length === high?.whole.length ? high : undefined,
      length,
      isInteger: magnitudes.isInteger,
      to: magnitudes.to,
    });
    if (comparison.add(from)) isAny = true;
  }
  return isAny;
}

interface Decimal {
  readonly whole: string;
  readonly fraction: string;
  readonly isExclusive: boolean;
}

function decimal({ value, isExclusive }: Bound): Decimal {
  const [mantissa = '', exponent = '0'] = String(value).split('e');
  const [head = '', tail = ''] = mantissa.split('.');
  const shift = Number(exponent);
  const digits = head + tail;
  const point = head.length + shift;
  const whole = (point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0').replace(/^0+(?=\d)/, '');
  const fraction = (point > 0 ? digits.slice(point) : '0'.repeat(-point) + digits).replace(/0+$/, '');
  if (whole.length > wholeDigitsMax || fraction.length > fractionDigitsMax) {
    throw schemaUnsupported('minimum or maximum of more than 19 digits', 'use bounds that are nearer to 0');
  }
  return { whole, fraction, isExclusive };
}

interface ComparisonOptions {
  /** Undefined where every number of this length is above it. */
  readonly low: Decimal | undefined;
  readonly high: Decimal | undefined;
  /** Digits before the point. */
  readonly length: number;
  readonly isInteger: boolean;
  readonly to: number;
}

/** How far a number has been read, and whether it still equals the low and the high bound. */
interface Place {
  readonly at: number;
  readonly isLow: boolean;
  readonly isHigh: boolean;
}

/** Numbers with a fixed count of digits before the point. `at` counts digits, those of the fraction on from `length`. */
class Comparison {
  readonly #builder: AutomatonBuilder;
  readonly #options: ComparisonOptions;
  readonly #known = new Map<string, number | undefined>();

  constructor(builder: AutomatonBuilder, options: ComparisonOptions) {
    this.#builder = builder;
    this.#options = options;
  }

  add(from: number): boolean {
    const { low, high } = this.#options;
    const start = this.#stateOf({ at: 0, isLow: low !== undefined, isHigh: high !== undefined });
    if (start === undefined) return false;
    this.#builder.addEpsilon(from, start);
    return true;
  }

  /** Undefined for a place from which no number of the range can be reached. */
  #stateOf(place: Place): number | undefined {
    const key = `${place.at}:${place.isLow}:${place.isHigh}`;
    if (this.#known.has(key)) return this.#known.get(key);
    const state = this.#builder.addState();
    const canEnd = place.at >= this.#options.length && this.#canEnd(place);
    const hasDigits = this.#addDigits(state, place);
    const found = canEnd || hasDigits ? state : undefined;
    if (canEnd) this.#builder.addEpsilon(state, this.#options.to);
    this.#known.set(key, found);
    return found;
  }

  #addDigits(state: number, place: Place): boolean {
    const { length, isInteger } = this.#options;
    if (place.at === length + fractionDigitsMax || (isInteger && place.at === length)) return false;
    const from = place.at === length ? this.#builder.addState() : state;
    const low = place.isLow ? this.#digit(this.#options.low, place.at) : 0;
    const high = place.isHigh ? this.#digit(this.#options.high, place.at) : 9;
    const least = place.at === 0 && length > 1 ? Math.max(low, 1) : low;
    let isAny = false;
    for (let digit = least; digit <= high; digit++) {
      const next = this.#stateOf({
        at: place.at + 1,
        isLow: place.isLow && digit === low,
        isHigh: place.isHigh && digit === high,
      });
      if (next === undefined) continue;
      isAny = true;
      this.#builder.addText(from, { text: String(digit), to: next });
    }
    if (isAny && from !== state) this.#builder.addText(state, { text: '.', to: from });
    return isAny;
  }

  /** The number as read so far is in the range. */
  #canEnd({ at, isLow, isHigh }: Place): boolean {
    const { low, high } = this.#options;
    if (isLow && low !== undefined) {
      const isEqual = this.#isZeroFrom(low, at);
      if (!isEqual || low.isExclusive) return false;
    }
    return !(isHigh && high?.isExclusive && this.#isZeroFrom(high, at));
  }

  #isZeroFrom(bound: Decimal, at: number): boolean {
    return /^0*$/.test(bound.fraction.slice(at - this.#options.length));
  }

  #digit(bound: Decimal | undefined, at: number): number {
    const { length } = this.#options;
    const text = at < length ? bound?.whole[at] : bound?.fraction[at - length];
    return Number(text ?? 0);
  }
}
