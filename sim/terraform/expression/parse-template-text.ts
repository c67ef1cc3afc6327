/**
 * Splits the text of a template into literals and interpolations. A *bare* template is a whole string of Terraform
 * JSON, in which a backslash is a backslash; a *quoted* one stands in an expression, between double quotes.
 */

import type { Cursor } from './cursor.ts';
import type { Expression } from './syntax.ts';

const LITERAL_RUN = { bare: /[^$%]+/y, quoted: /[^$%"\\\n]+/y };
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };
const UNICODE_ESCAPE = /u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}/y;

type TemplatePart =
  | string
  | { readonly expression: Expression; readonly trimsBefore: boolean; readonly trimsAfter: boolean };

/** Reads up to the end of the text (bare) or to the closing quote, which it leaves (quoted). */
export function parseTemplateText(
  cursor: Cursor,
  options: { readonly mode: 'bare' | 'quoted'; readonly parseExpression: () => Expression },
): Expression {
  const at = cursor.at;
  const parts: TemplatePart[] = [];
  let literal = '';
  while (!cursor.isAtEnd && !(options.mode === 'quoted' && cursor.startsWith('"'))) {
    if (cursor.startsWith('${')) {
      if (literal !== '') parts.push(literal);
      literal = '';
      parts.push(parseInterpolation(cursor, options.parseExpression));
    } else {
      literal += takeLiteral(cursor, options.mode);
    }
  }
  if (literal !== '') parts.push(literal);
  return templateOf(trimmed(parts), at);
}

function parseInterpolation(cursor: Cursor, parseExpression: () => Expression): TemplatePart {
  cursor.take('${');
  const trimsBefore = cursor.take('~');
  const expression = cursor.nested(false, parseExpression);
  cursor.nested(false, () => cursor.skipSpace());
  const trimsAfter = cursor.take('~');
  if (!cursor.take('}')) throw cursor.syntaxError('"}" is missing');
  return { expression, trimsBefore, trimsAfter };
}

function takeLiteral(cursor: Cursor, mode: 'bare' | 'quoted'): string {
  const run = cursor.takeMatch(LITERAL_RUN[mode]);
  if (run !== undefined) return run;
  if (cursor.take('$${')) return '${';
  if (cursor.take('%%{')) return '%{';
  if (cursor.startsWith('%{')) throw cursor.unreadable('template directives (%{ … })');
  if (mode === 'quoted' && cursor.startsWith('\n'))
    throw cursor.syntaxError('a line break in a quoted string');
  if (mode === 'quoted' && cursor.take('\\')) return takeEscape(cursor);
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

/** `${~ x ~}` takes white space away from its neighbours, but, as in HCL, not beyond the nearest line break. */
function trimmed(parts: readonly TemplatePart[]): TemplatePart[] {
  return parts.map((part, index) => {
    if (typeof part !== 'string') return part;
    const before = parts[index - 1];
    const after = parts[index + 1];
    const lines: string[] = part.match(/[^\n]*\n|[^\n]+/g) ?? [];
    if (typeof before === 'object' && before.trimsAfter) lines[0] = (lines[0] ?? '').trimStart();
    if (typeof after === 'object' && after.trimsBefore) lines.push((lines.pop() ?? '').trimEnd());
    return lines.join('');
  });
}

function templateOf(parts: readonly TemplatePart[], at: number): Expression {
  const [first] = parts;
  if (first === undefined) return { kind: 'literal', at, value: '' };
  if (parts.length === 1 && typeof first === 'string') return { kind: 'literal', at, value: first };
  return {
    kind: 'template',
    at,
    parts: parts.map(
      (part): Expression =>
        typeof part === 'string' ? { kind: 'literal', at, value: part } : part.expression,
    ),
  };
}
