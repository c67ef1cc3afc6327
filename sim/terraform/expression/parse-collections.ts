/** Parses what stands in brackets and braces: lists, objects and both kinds of `for` expressions. */

import type { Cursor } from './cursor.ts';
import type { Expression, ForExpression, Loop, ObjectEntry } from './syntax.ts';
import { IDENTIFIER } from './words.ts';

type Inner = () => Expression;

const FOR = /for(?![\p{ID_Continue}-])/uy;
const IN = /in(?![\p{ID_Continue}-])/uy;
const IF = /if(?![\p{ID_Continue}-])/uy;

/** The opening bracket is taken. */
export function parseBrackets(cursor: Cursor, at: number, inner: Inner): Expression {
  return cursor.nested(false, () => {
    cursor.skipSpace();
    if (cursor.takeMatch(FOR) !== undefined) return forList(cursor, at, inner);
    return { kind: 'list', at, items: items(cursor, inner) };
  });
}

/** The opening brace is taken. */
export function parseBraces(cursor: Cursor, at: number, inner: Inner): Expression {
  cursor.nested(false, () => cursor.skipSpace());
  if (cursor.takeMatch(FOR) !== undefined) return cursor.nested(false, () => forObject(cursor, at, inner));
  return { kind: 'object', at, entries: cursor.nested(true, () => objectEntries(cursor, inner)) };
}

/** `v in list`, `k, v in map`; the `for` is taken. */
export function parseLoop(cursor: Cursor, inner: Inner): Loop {
  const first = name(cursor);
  cursor.skipSpace();
  const second = cursor.take(',') ? name(cursor) : undefined;
  cursor.skipSpace();
  if (cursor.takeMatch(IN) === undefined) throw cursor.syntaxError('"in" is missing');
  const collection = inner();
  return second === undefined
    ? { valueName: first, collection }
    : { keyName: first, valueName: second, collection };
}

function name(cursor: Cursor): string {
  cursor.skipSpace();
  const found = cursor.takeMatch(IDENTIFIER);
  if (found === undefined) throw cursor.syntaxError('a name is missing after "for"');
  return found;
}

function forList(cursor: Cursor, at: number, inner: Inner): ForExpression {
  const loop = parseLoop(cursor, inner);
  cursor.expect(':');
  const value = inner();
  const condition = forCondition(cursor, inner);
  cursor.expect(']');
  return { kind: 'for', at, loop, value, isGrouped: false, ...condition };
}

function forObject(cursor: Cursor, at: number, inner: Inner): ForExpression {
  const loop = parseLoop(cursor, inner);
  cursor.expect(':');
  const key = inner();
  cursor.expect('=>');
  const value = inner();
  cursor.skipSpace();
  const isGrouped = cursor.take('...');
  const condition = forCondition(cursor, inner);
  cursor.expect('}');
  return { kind: 'for', at, loop, key, value, isGrouped, ...condition };
}

function forCondition(cursor: Cursor, inner: Inner): { readonly condition?: Expression } {
  cursor.skipSpace();
  return cursor.takeMatch(IF) === undefined ? {} : { condition: inner() };
}

function items(cursor: Cursor, inner: Inner): readonly Expression[] {
  const found: Expression[] = [];
  for (;;) {
    cursor.skipSpace();
    if (cursor.take(']')) return found;
    found.push(inner());
    cursor.skipSpace();
    if (!cursor.take(',')) {
      cursor.expect(']');
      return found;
    }
  }
}

function objectEntries(cursor: Cursor, inner: Inner): readonly ObjectEntry[] {
  const entries: ObjectEntry[] = [];
  for (;;) {
    cursor.nested(false, () => cursor.skipSpace());
    if (cursor.take('}')) return entries;
    const key = objectKey(cursor, inner);
    cursor.skipSpace();
    if (cursor.startsWith('==') || (!cursor.take('=') && !cursor.take(':'))) {
      throw cursor.syntaxError('"=" is missing');
    }
    entries.push({ key, value: inner() });
    cursor.skipSpace();
    if (!cursor.take(',') && !cursor.startsWith('\n') && !cursor.startsWith('}')) {
      throw cursor.syntaxError('"," is missing');
    }
  }
}

/** A bare word is a name; any other expression is evaluated, but a reference must stand in parentheses. */
function objectKey(cursor: Cursor, inner: Inner): Expression {
  const at = cursor.at;
  const word = cursor.takeMatch(IDENTIFIER);
  if (word !== undefined) {
    cursor.skipSpace();
    if (/[=:]/.test(cursor.text[cursor.at] ?? '')) return { kind: 'literal', at, value: word };
    cursor.at = at;
  }
  const key = inner();
  if ((key.kind === 'attribute' || key.kind === 'index') && cursor.text[at] !== '(') {
    throw cursor.syntaxError('a reference as a name must stand in parentheses');
  }
  return key;
}
