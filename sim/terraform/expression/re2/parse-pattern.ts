/** Parses RE2's syntax. What RE2 does not have, like look-ahead and back-references, is refused as it refuses it. */

import { characterSource, perlClass, perlSource, posixSource, unicodeSource } from './character-classes.ts';
import { type Assertion, type ParsedPattern, type Pattern, PatternProblem } from './pattern.ts';
import { PatternReader } from './pattern-reader.ts';

const REPEAT_MAX = 1_000;
const NESTING_MAX = 200;

interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
  readonly U: boolean;
}

const NO_FLAGS: Flags = { i: false, m: false, s: false, U: false };

/** Throws PatternProblem. */
export function parsePattern(text: string): ParsedPattern {
  const parser = new PatternParser(text);
  return { pattern: parser.whole(), groupNames: parser.groupNames };
}

class PatternParser {
  readonly groupNames: (string | undefined)[] = [];
  readonly #reader: PatternReader;
  #nesting = 0;

  constructor(text: string) {
    this.#reader = new PatternReader(text);
  }

  whole(): Pattern {
    const pattern = this.#alternatives(NO_FLAGS);
    if (!this.#reader.isAtEnd) throw new PatternProblem('a parenthesis closes nothing');
    return pattern;
  }

  #alternatives(outer: Flags): Pattern {
    this.#nesting += 1;
    if (this.#nesting > NESTING_MAX) throw new PatternProblem('it nests too deep');
    const items: Pattern[] = [];
    let sequence: Pattern[] = [];
    let flags = outer;
    while (!this.#reader.isAtEnd && this.#reader.peek() !== ')') {
      if (this.#reader.take('|')) {
        items.push(sequenceOf(sequence));
        sequence = [];
        continue;
      }
      const changed = this.#flagChange(flags);
      if (changed !== undefined) flags = changed;
      else sequence.push(...this.#repeated(this.#atom(flags), flags));
    }
    items.push(sequenceOf(sequence));
    this.#nesting -= 1;
    const [only] = items;
    return items.length === 1 && only !== undefined ? only : { kind: 'alternatives', items };
  }

  /** `(?i)` holds to the end of the group around it. */
  #flagChange(flags: Flags): Flags | undefined {
    const match = this.#reader.takeMatch(/^\(\?([imsU]*)(?:-([imsU]+))?\)/);
    if (match === null) return undefined;
    if (match[0] === '(?)') throw new PatternProblem('flags are missing');
    return withFlags(flags, match[1] ?? '', match[2] ?? '');
  }

  #repeated(atoms: readonly Pattern[], flags: Flags): readonly Pattern[] {
    const repeat = this.#repetition();
    if (repeat === undefined) return atoms;
    const body = atoms.at(-1);
    if (body === undefined) throw new PatternProblem('there is nothing to repeat');
    const isGreedy = this.#reader.take('?') === flags.U;
    if (this.#repetition() !== undefined) throw new PatternProblem('a repetition of a repetition');
    return [...atoms.slice(0, -1), { kind: 'repeat', body, ...repeat, isGreedy }];
  }

  #repetition(): { readonly min: number; readonly max: number } | undefined {
    if (this.#reader.take('*')) return { min: 0, max: Number.POSITIVE_INFINITY };
    if (this.#reader.take('+')) return { min: 1, max: Number.POSITIVE_INFINITY };
    if (this.#reader.take('?')) return { min: 0, max: 1 };
    const match = this.#reader.takeMatch(/^\{(\d+)(,?)(\d*)\}/);
    if (match === null) return undefined;
    const [, least = '', comma, most = ''] = match;
    const min = Number(least);
    const max = comma === '' ? min : most === '' ? Number.POSITIVE_INFINITY : Number(most);
    if ((comma === '' && most !== '') || min > max || min > REPEAT_MAX || (max > REPEAT_MAX && most !== '')) {
      throw new PatternProblem('a repetition count is not valid');
    }
    return { min, max };
  }

  /** What a repetition behind it would repeat is the last of them. */
  #atom(flags: Flags): readonly Pattern[] {
    const character = this.#reader.next();
    switch (character) {
      case '(':
        return [this.#group(flags)];
      case '[':
        return [this.#brackets(flags)];
      case '.':
        return [{ kind: 'class', source: flags.s ? '' : '\\n', isNegated: true, ignoresCase: false }];
      case '^':
        return [assertion(flags.m ? 'line-start' : 'text-start')];
      case '$':
        return [assertion(flags.m ? 'line-end' : 'text-end')];
      case '\\':
        return this.#backslash(flags);
      case '*':
      case '+':
      case '?':
        throw new PatternProblem('there is nothing to repeat');
      default:
        return [literal(character, flags)];
    }
  }

  #backslash(flags: Flags): readonly Pattern[] {
    if (this.#reader.take('A')) return [assertion('text-start')];
    if (this.#reader.take('z')) return [assertion('text-end')];
    if (this.#reader.take('b')) return [assertion('word-boundary')];
    if (this.#reader.take('B')) return [assertion('no-word-boundary')];
    if (this.#reader.take('Q')) {
      const quoted = this.#reader.takeUntil('\\E') ?? this.#reader.takeRest();
      return [...quoted].map((character) => literal(character, flags));
    }
    const perl = perlClass(this.#reader.peek() ?? '');
    if (perl !== undefined) {
      this.#reader.next();
      return [{ kind: 'class', ...perl, ignoresCase: flags.i }];
    }
    const unicode = this.#unicodeClass();
    if (unicode !== undefined)
      return [{ kind: 'class', source: unicode, isNegated: false, ignoresCase: flags.i }];
    return [literal(this.#reader.escaped(), flags)];
  }

  #unicodeClass(): string | undefined {
    const match = this.#reader.takeMatch(/^([pP])(?:\{([^}]*)\}|([A-Za-z]))/);
    return match === null ? undefined : unicodeSource(match[2] ?? match[3] ?? '', match[1] === 'P');
  }

  #group(flags: Flags): Pattern {
    const named = this.#reader.takeMatch(/^\?P?<([0-9A-Za-z_]+)>/);
    if (named !== null) return this.#capture(named[1], flags);
    const flagged = this.#reader.takeMatch(/^\?([imsU]*)(?:-([imsU]+))?:/);
    if (flagged !== null) {
      const body = this.#alternatives(withFlags(flags, flagged[1] ?? '', flagged[2] ?? ''));
      return this.#closed(body);
    }
    if (this.#reader.peek() === '?') throw new PatternProblem('there is no such kind of group');
    return this.#capture(undefined, flags);
  }

  #capture(name: string | undefined, flags: Flags): Pattern {
    this.groupNames.push(name);
    const index = this.groupNames.length;
    return this.#closed({ kind: 'group', index, body: this.#alternatives(flags) });
  }

  #closed(group: Pattern): Pattern {
    if (!this.#reader.take(')')) throw new PatternProblem('")" is missing');
    return group;
  }

  #brackets(flags: Flags): Pattern {
    const isNegated = this.#reader.take('^');
    let source = '';
    for (let isFirst = true; isFirst || this.#reader.peek() !== ']'; isFirst = false) {
      source += this.#bracketItem();
    }
    this.#reader.next();
    return { kind: 'class', source, isNegated, ignoresCase: flags.i };
  }

  #bracketItem(): string {
    const posix = this.#reader.takeMatch(/^\[:(\^?[a-z]+):\]/);
    if (posix !== null) return posixSource(posix[1] ?? '');
    if (this.#reader.peek() === '\\') {
      const perl = perlSource(this.#reader.peek(1) ?? '');
      if (perl !== undefined) {
        this.#reader.next();
        this.#reader.next();
        return perl;
      }
    }
    const low = this.#bracketCharacter();
    if (low.length > 2) return low;
    const isRange =
      this.#reader.peek() === '-' && this.#reader.peek(1) !== ']' && this.#reader.peek(1) !== undefined;
    if (!isRange) return characterSource(low);
    this.#reader.next();
    const high = this.#bracketCharacter();
    if (high.length > 2 || (high.codePointAt(0) ?? 0) < (low.codePointAt(0) ?? 0)) {
      throw new PatternProblem('a range of characters is not valid');
    }
    return `${characterSource(low)}-${characterSource(high)}`;
  }

  /** One character, or the longer source of a Unicode class. */
  #bracketCharacter(): string {
    const character = this.#reader.next();
    if (character !== '\\') return character;
    return this.#unicodeClass() ?? this.#reader.escaped();
  }
}

function withFlags(flags: Flags, on: string, off: string): Flags {
  const changed = { ...flags };
  for (const flag of on) if (isFlag(flag)) changed[flag] = true;
  for (const flag of off) if (isFlag(flag)) changed[flag] = false;
  return changed;
}

function isFlag(text: string): text is keyof Flags {
  return text in NO_FLAGS;
}

function literal(character: string, flags: Flags): Pattern {
  return { kind: 'class', source: characterSource(character), isNegated: false, ignoresCase: flags.i };
}

function assertion(name: Assertion): Pattern {
  return { kind: 'assertion', assertion: name };
}

function sequenceOf(items: readonly Pattern[]): Pattern {
  const [only] = items;
  if (only === undefined) return { kind: 'empty' };
  return items.length === 1 ? only : { kind: 'sequence', items };
}
