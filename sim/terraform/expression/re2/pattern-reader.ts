/** A position in the text of a regular expression, and the escapes that mean one character. */

import { PatternProblem } from './pattern.ts';

const SIMPLE: Readonly<Record<string, string>> = { a: '\x07', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

export class PatternReader {
  readonly #characters: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#characters = [...text];
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#characters.length;
  }

  peek(offset = 0): string | undefined {
    return this.#characters[this.#at + offset];
  }

  next(): string {
    const character = this.#characters[this.#at];
    if (character === undefined) throw new PatternProblem('it ends too early');
    this.#at += 1;
    return character;
  }

  take(text: string): boolean {
    if (![...text].every((character, index) => this.peek(index) === character)) return false;
    this.#at += [...text].length;
    return true;
  }

  /** Takes what the pattern matches at this place. */
  takeMatch(pattern: RegExp): RegExpExecArray | null {
    const match = pattern.exec(this.#characters.slice(this.#at, this.#at + 80).join(''));
    if (match !== null) this.#at += [...match[0]].length;
    return match;
  }

  /** Up to and with the closing text; undefined and nothing taken if there is none. */
  takeUntil(close: string): string | undefined {
    const rest = this.#characters.slice(this.#at).join('');
    const end = rest.indexOf(close);
    if (end === -1) return undefined;
    this.#at += [...rest.slice(0, end + close.length)].length;
    return rest.slice(0, end);
  }

  takeRest(): string {
    const rest = this.#characters.slice(this.#at).join('');
    this.#at = this.#characters.length;
    return rest;
  }

  /** What a backslash, taken already, makes of what follows: one character. */
  escaped(): string {
    const octal = this.takeMatch(/^(?:0[0-7]{0,2}|[1-7][0-7]{1,2})/);
    if (octal !== null) return String.fromCodePoint(Number.parseInt(octal[0], 8));
    const hex = this.takeMatch(/^x(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2}))/);
    if (hex !== null) {
      const point = Number.parseInt(hex[1] ?? hex[2] ?? '', 16);
      if (point > 0x10ffff) throw new PatternProblem('a code point beyond Unicode');
      return String.fromCodePoint(point);
    }
    const character = this.next();
    const simple = Object.hasOwn(SIMPLE, character) ? SIMPLE[character] : undefined;
    if (simple !== undefined) return simple;
    if (/^[^\w]$|^_$/.test(character) && character < '\x80') return character;
    throw new PatternProblem('there is no such escape sequence');
  }
}
