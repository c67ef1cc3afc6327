/** The character classes of RE2, as the inside of a JavaScript character class (flag `u`). */

import { PatternProblem } from './pattern.ts';

const PERL: Readonly<Record<string, { readonly source: string; readonly isNegated: boolean }>> = {
  d: { source: '0-9', isNegated: false },
  D: { source: '0-9', isNegated: true },
  s: { source: '\\t\\n\\f\\r\\x20', isNegated: false },
  S: { source: '\\t\\n\\f\\r\\x20', isNegated: true },
  w: { source: '0-9A-Za-z_', isNegated: false },
  W: { source: '0-9A-Za-z_', isNegated: true },
};

/** What is not of the class, as ranges: a class inside a class cannot be negated. */
const PERL_COMPLEMENTS: Readonly<Record<string, string>> = {
  D: '\\0-\\x2f\\x3a-\\u{10ffff}',
  S: '\\0-\\x08\\x0b\\x0e-\\x1f\\x21-\\u{10ffff}',
  W: '\\0-\\x2f\\x3a-\\x40\\x5b-\\x5e\\x60\\x7b-\\u{10ffff}',
};

const POSIX: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\0-\\x7f',
  blank: '\\t\\x20',
  cntrl: '\\0-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: '\\x20-~',
  punct: '!-\\/:-@\\[-`\\{-~',
  space: '\\t\\n\\v\\f\\r\\x20',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

const POSIX_COMPLEMENTS: Readonly<Record<string, string>> = {
  alnum: '\\0-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\u{10ffff}',
  alpha: '\\0-\\x40\\x5b-\\x60\\x7b-\\u{10ffff}',
  ascii: '\\x80-\\u{10ffff}',
  blank: '\\0-\\x08\\x0a-\\x1f\\x21-\\u{10ffff}',
  cntrl: '\\x20-\\x7e\\x80-\\u{10ffff}',
  digit: '\\0-\\x2f\\x3a-\\u{10ffff}',
  graph: '\\0-\\x20\\x7f-\\u{10ffff}',
  lower: '\\0-\\x60\\x7b-\\u{10ffff}',
  print: '\\0-\\x1f\\x7f-\\u{10ffff}',
  punct: '\\0-\\x200-9A-Za-z\\x7f-\\u{10ffff}',
  space: '\\0-\\x08\\x0e-\\x1f\\x21-\\u{10ffff}',
  upper: '\\0-\\x40\\x5b-\\u{10ffff}',
  word: '\\0-\\x2f\\x3a-\\x40\\x5b-\\x5e\\x60\\x7b-\\u{10ffff}',
  xdigit: '\\0-\\x2f\\x3a-\\x40\\x47-\\x60\\x67-\\u{10ffff}',
};

export function perlClass(
  letter: string,
): { readonly source: string; readonly isNegated: boolean } | undefined {
  return Object.hasOwn(PERL, letter) ? PERL[letter] : undefined;
}

/** `\d` or `\D` inside brackets. */
export function perlSource(letter: string): string | undefined {
  return Object.hasOwn(PERL_COMPLEMENTS, letter) ? PERL_COMPLEMENTS[letter] : perlClass(letter)?.source;
}

/** `[:alpha:]`, `[:^alpha:]`. */
export function posixSource(name: string): string {
  const [table, plain] = name.startsWith('^') ? [POSIX_COMPLEMENTS, name.slice(1)] : [POSIX, name];
  const source = Object.hasOwn(table, plain) ? table[plain] : undefined;
  if (source === undefined) throw new PatternProblem('there is no such character class');
  return source;
}

/** `\pL`, `\p{Greek}`, `\P{^Lu}`: a general category or a script. */
export function unicodeSource(name: string, isNegated: boolean): string {
  const plain = name.replace(/^\^/, '');
  const letter = isNegated !== name.startsWith('^') ? 'P' : 'p';
  for (const source of [`\\${letter}{gc=${plain}}`, `\\${letter}{Script=${plain}}`]) {
    if (/^[A-Za-z_]+$/.test(plain) && isClass(source)) return source;
  }
  throw new PatternProblem('there is no such Unicode class');
}

function isClass(source: string): boolean {
  try {
    return new RegExp(`[${source}]`, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

/** One character, as it may stand inside brackets. */
export function characterSource(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  return `\\u{${point.toString(16)}}`;
}
