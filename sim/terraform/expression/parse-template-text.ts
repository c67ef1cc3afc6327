/**
 * Parses the text of a template. A *bare* one is a whole string of Terraform JSON, a file or a heredoc, in which a
 * backslash is a backslash; an *indented* one a heredoc `<<-`; a *quoted* one stands between double quotes.
 */

import { buildTemplate } from './build-template.ts';
import type { Cursor } from './cursor.ts';
import { parseLoop } from './parse-collections.ts';
import type { Expression } from './syntax.ts';
import type { TemplateToken } from './template-tokens.ts';
import { IDENTIFIER } from './words.ts';

export interface TemplateOptions {
  readonly mode: 'bare' | 'indented' | 'quoted';
  readonly parseExpression: () => Expression;
}

const LITERAL_RUN = /[^$%\n]+/y;
const QUOTED_RUN = /[^$%"\\\n]+/y;
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };
const UNICODE_ESCAPE = /u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}/y;

/** Reads up to the end of the text, or to the closing quote, which it leaves. */
export function parseTemplateText(cursor: Cursor, options: TemplateOptions): Expression {
  const at = cursor.at;
  const isQuoted = options.mode === 'quoted';
  const tokens: TemplateToken[] = [];
  let literal = '';
  const flush = () => {
    if (literal !== '') tokens.push({ kind: 'text', text: literal });
    literal = '';
  };
  while (!cursor.isAtEnd && !(isQuoted && cursor.startsWith('"'))) {
    if (cursor.startsWith('${') || cursor.startsWith('%{')) {
      flush();
      tokens.push(sequence(cursor, options));
    } else if (!isQuoted && cursor.take('\n')) {
      // Trimming and dedenting go line by line, but not in a quoted text.
      literal += '\n';
      flush();
    } else {
      literal += isQuoted ? takeQuoted(cursor) : takeBare(cursor);
    }
  }
  flush();
  return buildTemplate(tokens, { at, cursor, isIndented: options.mode === 'indented' });
}

function sequence(cursor: Cursor, options: TemplateOptions): TemplateToken {
  const isDirective = cursor.take('%{');
  if (!isDirective) cursor.take('${');
  const trimsBefore = cursor.take('~');
  const token = cursor.nested(false, () => {
    const inner = isDirective
      ? directive(cursor, options.parseExpression)
      : ({ kind: 'interpolation', expression: options.parseExpression() } as const);
    cursor.skipSpace();
    return inner;
  });
  const trimsAfter = cursor.take('~');
  if (!cursor.take('}')) throw cursor.syntaxError('"}" is missing');
  return { ...token, trimsBefore, trimsAfter };
}

function directive(cursor: Cursor, parseExpression: () => Expression) {
  cursor.skipSpace();
  const word = cursor.takeMatch(IDENTIFIER) ?? '';
  switch (word) {
    case 'if':
      return { kind: word, test: parseExpression() } as const;
    case 'for':
      return { kind: word, loop: parseLoop(cursor, parseExpression) } as const;
    case 'else':
    case 'endif':
    case 'endfor':
      return { kind: word } as const;
    default:
      throw cursor.syntaxError('a template directive must be if, else, endif, for or endfor');
  }
}

function takeBare(cursor: Cursor): string {
  return cursor.takeMatch(LITERAL_RUN) ?? takeSign(cursor);
}

function takeQuoted(cursor: Cursor): string {
  const run = cursor.takeMatch(QUOTED_RUN);
  if (run !== undefined) return run;
  if (cursor.startsWith('\n')) throw cursor.syntaxError('a line break in a quoted string');
  return cursor.take('\\') ? takeEscape(cursor) : takeSign(cursor);
}

/** `$` or `%`, alone or as an escape. */
function takeSign(cursor: Cursor): string {
  if (cursor.take('$${')) return '${';
  if (cursor.take('%%{')) return '%{';
  const character = cursor.text[cursor.at] ?? '';
  cursor.at += 1;
  return character;
}

function takeEscape(cursor: Cursor): string {
  const unicode = cursor.takeMatch(UNICODE_ESCAPE);
  if (unicode !== undefined) {
    const point = Number.parseInt(unicode.slice(1), 16);
    if (point > 0x10ffff) throw cursor.syntaxError('a code point beyond Unicode');
    return String.fromCodePoint(point);
  }
  const character = cursor.text[cursor.at] ?? '';
  const escaped = Object.hasOwn(SIMPLE_ESCAPES, character) ? SIMPLE_ESCAPES[character] : undefined;
  if (escaped === undefined) throw cursor.syntaxError('an unknown escape sequence');
  cursor.at += 1;
  return escaped;
}
