/** Ranges of code points as paths of byte ranges, which is how an automaton over bytes reads them. */

import type { AutomatonBuilder } from './automaton.ts';

/** Inclusive at both ends. */
export interface CodePointRange {
  readonly low: number;
  readonly high: number;
}

/** Ranges in which all code points have as many bytes, surrogates left out: they are no characters. */
const lengths: readonly (CodePointRange & { readonly bytes: number })[] = [
  { low: 0, high: 0x7f, bytes: 1 },
  { low: 0x80, high: 0x7ff, bytes: 2 },
  { low: 0x800, high: 0xd7ff, bytes: 3 },
  { low: 0xe000, high: 0xffff, bytes: 3 },
  { low: 0x10000, high: 0x10ffff, bytes: 4 },
];

/** Adds what reads one character of the ranges. Their paths share the states that read any continuation bytes. */
export function addCodePoints(
  builder: AutomatonBuilder,
  from: number,
  path: { readonly ranges: readonly CodePointRange[]; readonly to: number },
): void {
  const target = { builder, to: path.to, tails: new Map<number, number>() };
  for (const range of path.ranges) {
    for (const { low, high, bytes } of lengths) {
      const part = { low: Math.max(low, range.low), high: Math.min(high, range.high) };
      if (part.low <= part.high) addSplit(target, from, { ...part, left: bytes - 1, bytes });
    }
  }
}

interface Target {
  readonly builder: AutomatonBuilder;
  readonly to: number;
  /** By continuation bytes that are left, of any value: the state that reads them. */
  readonly tails: Map<number, number>;
}

interface Split extends CodePointRange {
  /** Bytes that follow the one at hand. */
  readonly left: number;
  /** Bytes of the character; 0 behind its first. */
  readonly bytes: number;
}

function addSplit(target: Target, from: number, { low, high, left, bytes }: Split): void {
  const { builder, to } = target;
  const unit = 64 ** left;
  const firstUnit = Math.floor(low / unit);
  const lastUnit = Math.floor(high / unit);
  for (let at = firstUnit; at <= lastUnit; ) {
    const partLow = Math.max(low, at * unit);
    const isWhole = partLow === at * unit && at * unit + unit - 1 <= high;
    if (!isWhole) {
      const partHigh = Math.min(high, at * unit + unit - 1);
      const next = builder.addState();
      builder.addEdge(from, { low: byteOf(at, bytes), high: byteOf(at, bytes), to: next });
      const rest = { low: partLow - at * unit, high: partHigh - at * unit, left: left - 1, bytes: 0 };
      addSplit(target, next, rest);
      at++;
      continue;
    }
    // All whole units in a row are one edge, and read any continuation bytes behind it.
    const end = Math.floor((high + 1) / unit) - 1;
    builder.addEdge(from, {
      low: byteOf(at, bytes),
      high: byteOf(end, bytes),
      to: left === 0 ? to : tailOf(target, left),
    });
    at = end + 1;
  }
}

function tailOf(target: Target, left: number): number {
  const known = target.tails.get(left);
  if (known !== undefined) return known;
  const state = target.builder.addState();
  target.tails.set(left, state);
  target.builder.addEdge(state, {
    low: 0x80,
    high: 0xbf,
    to: left === 1 ? target.to : tailOf(target, left - 1),
  });
  return state;
}

const leads: readonly number[] = [0x80, 0x00, 0xc0, 0xe0, 0xf0];

/** RFC 3629 §3. */
function byteOf(unit: number, bytes: number): number {
  return (leads[bytes] ?? 0) + unit;
}
