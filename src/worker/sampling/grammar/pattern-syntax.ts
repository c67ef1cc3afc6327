/**
 * Reads the regular expressions of `pattern` (ECMA-262 with the u flag): the part that is regular. What would need backtracking or
 * looking around is refused by name.
 */

import { schemaInvalid, schemaUnsupported } from './schema-error.ts';
import type { CodePointRange } from './utf8.ts';

export type Pattern =
  | { readonly kind: 'set'; readonly ranges: readonly CodePointRange[] }
  | { readonly kind: 'sequence'; readonly parts: readonly Pattern[] }
  | { readonly kind: 'choice'; readonly parts: readonly Pattern[] }
  | {
      readonly kind: 'repeat';
      readonly part: Pattern;
      readonly min: number;
      readonly max: number | undefined;
    };

const lengthMax = 1_000;
const repeatMax = 1_000;
const depthMax = 50;
const anyCharacter: readonly CodePointRange[] = [{ low: 0, high: 0x10ffff }];
const digits = [{ low: 0x30, high: 0x39 }];
const wordCharacters = [
  ...digits,
  { low: 0x41, high: 0x5a },
  { low: 0x5f, high: 0x5f },
  { low: 0x61, high: 0x7a },
];
const blanks = [
  0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x20, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff,
].map((low) => ({ low, high: low }));
const classes: Readonly<Record<string, readonly CodePointRange[]>> = {
  d: digits,
  w: wordCharacters,
  s: [...blanks, { low: 0x2000, high: 0x200a }],
};
const controls: Readonly<Record<string, number>> = { n: 0x0a, r: 0x0d, t: 0x09, f: 0x0c, v: 0x0b, '0': 0 };
const lineEnds = [0x0a, 0x0d, 0x2028, 0x2029].map((low) => ({ low, high: low }));

/**
 * A pattern that has to match the whole text: what the expression leaves open at its ends is added.
 * @throws DrydockError WORKER_SCHEMA_INVALID, WORKER_SCHEMA_UNSUPPORTED
 */
export function parsePattern(source: string): Pattern {
  if (source.length > lengthMax)
    throw schemaInvalid(`a pattern has more than ${lengthMax} characters`, 'use a shorter one');
  try {
    new RegExp(source, 'u');
  } catch {
    throw schemaInvalid('a pattern is no regular expression', 'write it as ECMA-262 does with the u flag');
  }
  return new PatternReader(source).read();
}

function negate(ranges: readonly CodePointRange[]): CodePointRange[] {
  const inverse: CodePointRange[] = [];
  let low = 0;
  for (const range of ranges.toSorted((a, b) => a.low - b.low)) {
    if (range.low > low) inverse.push({ low, high: range.low - 1 });
    low = Math.max(low, range.high + 1);
  }
  if (low <= 0x10ffff) inverse.push({ low, high: 0x10ffff });
  return inverse;
}

/** It leans on RegExp having found the expression well-formed. */
class PatternReader {
  readonly #text: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(source: string) {
    this.#text = Array.from(source);
  }

  read(): Pattern {
    const anything: Pattern = {
      kind: 'repeat',
      part: { kind: 'set', ranges: anyCharacter },
      min: 0,
      max: undefined,
    };
    const branches: Pattern[] = [];
    do {
      const startsAtStart = this.#take('^');
      const inner = this.#sequence();
      const endsAtEnd = this.#take('$');
      const parts = [startsAtStart ? [] : [anything], [inner], endsAtEnd ? [] : [anything]].flat();
      branches.push({ kind: 'sequence', parts });
    } while (this.#take('|'));
    if (this.#at < this.#text.length) throw schemaUnsupported('pattern with an anchor inside');
    return { kind: 'choice', parts: branches };
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #next(): string {
    return this.#text[this.#at++] ?? '';
  }

  #choice(): Pattern {
    if (++this.#depth > depthMax) throw schemaInvalid('a pattern is nested too deeply', 'use a simpler one');
    const parts = [this.#sequence()];
    while (this.#take('|')) parts.push(this.#sequence());
    this.#depth--;
    return { kind: 'choice', parts };
  }

  #sequence(): Pattern {
    const parts: Pattern[] = [];
    for (;;) {
      const next = this.#text[this.#at];
      if (next === undefined || next === '|' || next === ')' || next === '$') break;
      parts.push(this.#repeated(this.#atom()));
    }
    return { kind: 'sequence', parts };
  }

  #repeated(part: Pattern): Pattern {
    const bounds = this.#bounds();
    if (bounds === undefined) return part;
    // A lazy one matches the same texts.
    this.#take('?');
    const { min, max } = bounds;
    if (Math.max(min, max ?? 0) > repeatMax) {
      throw schemaUnsupported(`pattern with more than ${repeatMax} repetitions`, 'use a smaller number');
    }
    return { kind: 'repeat', part, min, max };
  }

  #bounds(): { readonly min: number; readonly max: number | undefined } | undefined {
    if (this.#take('*')) return { min: 0, max: undefined };
    if (this.#take('+')) return { min: 1, max: undefined };
    if (this.#take('?')) return { min: 0, max: 1 };
    if (!this.#take('{')) return undefined;
    const [min = '', max] = this.#until('}').split(',');
    if (max === undefined) return { min: Number(min), max: Number(min) };
    return { min: Number(min), max: max === '' ? undefined : Number(max) };
  }

  #until(end: string): string {
    let text = '';
    while (this.#at < this.#text.length && !this.#take(end)) text += this.#next();
    return text;
  }

  #atom(): Pattern {
    const character = this.#next();
    if (character === '(') return this.#group();
    if (character === '[') return { kind: 'set', ranges: this.#class() };
    if (character === '.') return { kind: 'set', ranges: negate(lineEnds) };
    if (character === '\\') return { kind: 'set', ranges: this.#escape() };
    if (character === '^') throw schemaUnsupported('pattern with an anchor inside');
    return { kind: 'set', ranges: [one(character)] };
  }

  #group(): Pattern {
    if (this.#take('?')) {
      if (this.#take('<')) {
        if (['=', '!'].includes(this.#text[this.#at] ?? ''))
          throw schemaUnsupported('pattern with lookbehind');
        this.#until('>');
      } else if (!this.#take(':')) throw schemaUnsupported('pattern with lookahead or modifiers');
    }
    const inner = this.#choice();
    if (!this.#take(')')) throw schemaUnsupported('pattern with an anchor inside');
    return inner;
  }

  #class(): CodePointRange[] {
    const isNegated = this.#take('^');
    const ranges: CodePointRange[] = [];
    while (!this.#take(']')) {
      const first = this.#classAtom();
      if (this.#text[this.#at] !== '-' || this.#text[this.#at + 1] === ']') {
        ranges.push(...first);
        continue;
      }
      this.#at++;
      const last = this.#classAtom();
      ranges.push({ low: first[0]?.low ?? 0, high: last[0]?.high ?? 0 });
    }
    return isNegated ? negate(ranges) : ranges;
  }

  #classAtom(): readonly CodePointRange[] {
    const character = this.#next();
    if (character !== '\\') return [one(character)];
    return this.#take('b') ? [{ low: 8, high: 8 }] : this.#escape();
  }

  #escape(): readonly CodePointRange[] {
    const letter = this.#next();
    const known = classes[letter.toLowerCase()];
    if (known !== undefined) return letter === letter.toLowerCase() ? known : negate(known);
    if (letter in controls) return [{ low: controls[letter] ?? 0, high: controls[letter] ?? 0 }];
    if (letter === 'c') return point((this.#next().codePointAt(0) ?? 0) % 32);
    if (letter === 'x') return point(Number.parseInt(this.#next() + this.#next(), 16));
    if (letter === 'u') return point(this.#unicode());
    if (/[pPbBk1-9]/.test(letter)) throw schemaUnsupported(`pattern with \\${letter}`);
    return [one(letter)];
  }

  #unicode(): number {
    if (this.#take('{')) return Number.parseInt(this.#until('}'), 16);
    const unit = this.#hex4();
    const isPair =
      unit >= 0xd800 && unit <= 0xdbff && this.#text.slice(this.#at, this.#at + 2).join('') === '\\u';
    if (!isPair) return unit;
    this.#at += 2;
    return String.fromCharCode(unit, this.#hex4()).codePointAt(0) ?? 0;
  }

  #hex4(): number {
    return Number.parseInt(this.#next() + this.#next() + this.#next() + this.#next(), 16);
  }
}

const point = (codePoint: number): CodePointRange[] => [{ low: codePoint, high: codePoint }];

function one(character: string): CodePointRange {
  const codePoint = character.codePointAt(0) ?? 0;
  return { low: codePoint, high: codePoint };
}
