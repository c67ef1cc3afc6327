/**
 * Ends an answer before the first stop string, however tokens cut it. Text that may yet become a stop string is
 * held back. "First" is the one that is complete first, the longest of those complete at the same character, so the
 * result does not depend on how the text arrives. Linear in the text for any stop strings (Knuth, Morris, Pratt 1977).
 */

import { wellFormed } from './well-formed.ts';

export interface StopScan {
  /** Text that is certainly part of the answer. */
  readonly text: string;
  /** A stop string was found; nothing comes after `text`. */
  readonly isStopped: boolean;
  /** What came behind the stop string; empty where none was found. */
  readonly rest: string;
}

export interface StopScanner {
  push(text: string): StopScan;
  /** Text is held back. */
  readonly isHolding: boolean;
  /** The text still held back, when no more will come. */
  finish(): string;
}

/** @param stops none empty. */
export function createStopScanner(stops: readonly string[]): StopScanner {
  const matchers = stops.map((stop) => createMatcher(wellFormed(stop)));
  let held = '';
  let isStopped = false;
  return {
    get isHolding() {
      return held !== '';
    },
    push(text) {
      if (isStopped) return { text: '', isStopped, rest: '' };
      const whole = held + text;
      for (let at = held.length; at < whole.length; at++) {
        const unit = whole.charCodeAt(at);
        // Each matcher must see every character: no `some`, which would pass over those behind the first match.
        const found = Math.max(0, ...matchers.map((matcher) => matcher.advance(unit)));
        if (found === 0) continue;
        isStopped = true;
        held = '';
        return { text: whole.slice(0, at + 1 - found), isStopped, rest: whole.slice(at + 1) };
      }
      const keep = Math.max(0, ...matchers.map((matcher) => matcher.matched));
      held = whole.slice(whole.length - keep);
      return { text: whole.slice(0, whole.length - keep), isStopped, rest: '' };
    },
    finish() {
      const rest = held;
      held = '';
      return rest;
    },
  };
}

interface Matcher {
  /** Length of the longest beginning of the stop string that the text ends in. */
  readonly matched: number;
  /** Takes one UTF-16 code unit; the stop string's length when it is now complete, otherwise 0. */
  advance(unit: number): number;
}

function createMatcher(stop: string): Matcher {
  if (stop === '') throw new TypeError('a stop string is never empty');
  const borders = borderLengths(stop);
  let matched = 0;
  return {
    get matched() {
      return matched;
    },
    advance(unit) {
      while (matched > 0 && stop.charCodeAt(matched) !== unit) matched = borders[matched - 1] ?? 0;
      if (stop.charCodeAt(matched) === unit) matched++;
      return matched === stop.length ? matched : 0;
    },
  };
}

/** For each beginning of the text, the length of its longest end that is also its beginning, itself left out. */
export function borderLengths(text: string): Int32Array {
  const borders = new Int32Array(text.length);
  let length = 0;
  for (let at = 1; at < text.length; at++) {
    while (length > 0 && text.charCodeAt(at) !== text.charCodeAt(length)) length = borders[length - 1] ?? 0;
    if (text.charCodeAt(at) === text.charCodeAt(length)) length++;
    borders[at] = length;
  }
  return borders;
}
