/**
 * The parts of JSON (RFC 8259) that stay the same whatever the schema says. Strings hold no lone surrogates and no escaped ones:
 * characters beyond the basic plane are written as they are. Numbers are short enough to be finite. Blanks are bounded.
 */

import type { AutomatonBuilder } from './automaton.ts';
import { addCodePoints } from './utf8.ts';

/** Spaces behind a line break at most: twelve levels of two. Tabs: half as many. */
const indentMax = 24;
const integerDigits = 19;
const fractionDigits = 20;

/** Optional blanks: nothing, one space, or a line break with its indent. */
export function addBlankRule(builder: AutomatonBuilder): number {
  const { start, end } = builder.addRule();
  builder.addText(start, { text: ' ', to: end });
  const line = builder.addState();
  builder.addText(start, { text: '\n', to: line });
  for (const [blank, count] of [
    [' ', indentMax],
    ['\t', indentMax / 2],
  ] as const) {
    let at = line;
    for (let done = 0; done < count; done++) {
      const next = builder.addState();
      builder.addText(at, { text: blank, to: next });
      builder.addEpsilon(next, end);
      at = next;
    }
  }
  builder.addEpsilon(line, end);
  return start;
}

/** One character inside of a string, whichever way it is written. */
export function addCharacter(builder: AutomatonBuilder, from: number, to: number): void {
  // Everything but control characters, the quotation mark (0x22) and the backslash (0x5C).
  for (const [low, high] of [
    [0x20, 0x21],
    [0x23, 0x5b],
    [0x5d, 0x7f],
  ] as const) {
    builder.addEdge(from, { low, high, to });
  }
  addCodePoints(builder, from, { ranges: [{ low: 0x80, high: 0x10ffff }], to });
  addEscape(builder, from, to);
}

function addEscape(builder: AutomatonBuilder, from: number, to: number): void {
  const escaped = builder.addState();
  builder.addText(from, { text: '\\', to: escaped });
  for (const letter of '"\\/bfnrt') builder.addText(escaped, { text: letter, to });
  const [first, second, third] = [builder.addState(), builder.addState(), builder.addState()];
  const [fourth, belowSurrogates] = [builder.addState(), builder.addState()];
  builder.addText(escaped, { text: 'u', to: first });
  addRanges(builder, first, { ranges: ['09', 'ac', 'ef', 'AC', 'EF'], to: second });
  addRanges(builder, first, { ranges: ['dd', 'DD'], to: belowSurrogates });
  addRanges(builder, belowSurrogates, { ranges: ['07'], to: third });
  addRanges(builder, second, { ranges: ['09', 'af', 'AF'], to: third });
  addRanges(builder, third, { ranges: ['09', 'af', 'AF'], to: fourth });
  addRanges(builder, fourth, { ranges: ['09', 'af', 'AF'], to });
}

/** @param path.ranges pairs of ASCII characters, first and last. */
function addRanges(
  builder: AutomatonBuilder,
  from: number,
  path: { readonly ranges: readonly string[]; readonly to: number },
): void {
  for (const range of path.ranges) {
    builder.addEdge(from, { low: range.charCodeAt(0), high: range.charCodeAt(1), to: path.to });
  }
}

export function addStringRule(builder: AutomatonBuilder): number {
  const { start, end } = builder.addRule();
  const inside = builder.addState();
  builder.addText(start, { text: '"', to: inside });
  addCharacter(builder, inside, inside);
  builder.addText(inside, { text: '"', to: end });
  return start;
}

/** Up to 19 digits before and 20 behind the point, and an exponent of two: all of them finite. */
export function addNumberRule(builder: AutomatonBuilder, isInteger: boolean): number {
  const { start, end } = builder.addRule();
  const afterSign = builder.addState();
  builder.addText(start, { text: '-', to: afterSign });
  const whole = builder.addState();
  for (const from of [start, afterSign]) {
    // -0 is no integer that anybody means.
    if (!isInteger || from === start) builder.addText(from, { text: '0', to: whole });
    addWholeDigits(builder, from, whole);
  }
  builder.addEpsilon(whole, end);
  if (isInteger) return start;
  const point = builder.addState();
  const fraction = builder.addState();
  builder.addText(whole, { text: '.', to: point });
  addDigits(builder, point, { count: fractionDigits, to: fraction });
  builder.addEpsilon(fraction, end);
  addExponent(builder, [whole, fraction], end);
  return start;
}

function addWholeDigits(builder: AutomatonBuilder, from: number, to: number): void {
  const next = builder.addState();
  addRanges(builder, from, { ranges: ['19'], to: next });
  builder.addEpsilon(next, to);
  addDigits(builder, next, { count: integerDigits - 1, to });
}

function addExponent(builder: AutomatonBuilder, from: readonly number[], to: number): void {
  const sign = builder.addState();
  const digits = builder.addState();
  for (const at of from) addRanges(builder, at, { ranges: ['ee', 'EE'], to: sign });
  addRanges(builder, sign, { ranges: ['++', '--'], to: digits });
  builder.addEpsilon(sign, digits);
  addDigits(builder, digits, { count: 2, to });
}

/** One to `count` digits. */
function addDigits(
  builder: AutomatonBuilder,
  from: number,
  path: { readonly count: number; readonly to: number },
): void {
  let at = from;
  for (let done = 0; done < path.count; done++) {
    const next = builder.addState();
    addRanges(builder, at, { ranges: ['09'], to: next });
    builder.addEpsilon(next, path.to);
    at = next;
  }
}
