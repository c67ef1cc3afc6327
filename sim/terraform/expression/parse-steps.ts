/** Parses what stands behind a value: attributes, indexes and splats. */

import type { Cursor } from './cursor.ts';
import type { Expression } from './syntax.ts';
import { DIGITS, IDENTIFIER } from './words.ts';

type Inner = () => Expression;

/** More steps than anybody writes are refused, so that no text can exhaust the stack of whoever walks the tree. */
const STEPS_MAX = 128;

export function parseSteps(cursor: Cursor, start: Expression, inner: Inner): Expression {
  let expression = start;
  for (let steps = 0; ; steps += 1) {
    if (steps > STEPS_MAX) throw cursor.unreadable(`it nests more than ${STEPS_MAX} levels deep`);
    const next = step(cursor, expression, inner);
    if (next === undefined) return expression;
    expression = next;
  }
}

function step(cursor: Cursor, object: Expression, inner: Inner): Expression | undefined {
  const at = cursor.at;
  cursor.skipSpace();
  if (cursor.startsWith('...')) return undefined;
  if (cursor.take('[')) return bracket(cursor, object, at, inner);
  if (!cursor.take('.')) {
    cursor.at = at;
    return undefined;
  }
  cursor.skipSpace();
  return cursor.take('*') ? attributeSplat(cursor, object, at) : dotted(cursor, object, at);
}

function bracket(cursor: Cursor, object: Expression, at: number, inner: Inner): Expression {
  return cursor.nested(false, () => {
    cursor.skipSpace();
    if (cursor.take('*')) {
      cursor.expect(']');
      // All that follows applies to each element.
      const each = parseSteps(cursor, { kind: 'splat-item', at }, inner);
      return { kind: 'splat', at, list: object, each };
    }
    const key = inner();
    cursor.expect(']');
    return { kind: 'index', at, object, key };
  });
}

/** After `.*` only names and numbers behind dots apply to each element; an index applies to the result. */
function attributeSplat(cursor: Cursor, list: Expression, at: number): Expression {
  let each: Expression = { kind: 'splat-item', at };
  for (let steps = 0; ; steps += 1) {
    if (steps > STEPS_MAX) throw cursor.unreadable(`it nests more than ${STEPS_MAX} levels deep`);
    const start = cursor.at;
    cursor.skipSpace();
    if (cursor.startsWith('...') || !cursor.take('.')) {
      cursor.at = start;
      return { kind: 'splat', at, list, each };
    }
    cursor.skipSpace();
    if (cursor.startsWith('*')) throw cursor.syntaxError('a splat inside a splat');
    each = dotted(cursor, each, start);
  }
}

function dotted(cursor: Cursor, object: Expression, at: number): Expression {
  const index = cursor.takeMatch(DIGITS);
  if (index !== undefined) {
    // "a.0.1" is read as the number 0.1 by Terraform, which then refuses it.
    if (/^\.\d/.test(cursor.text.slice(cursor.at, cursor.at + 2))) {
      throw cursor.syntaxError('two indexes behind dots; write them in brackets');
    }
    return { kind: 'index', at, object, key: { kind: 'literal', at, value: Number(index) } };
  }
  const name = cursor.takeMatch(IDENTIFIER);
  if (name === undefined) throw cursor.syntaxError('a name is missing after "."');
  return { kind: 'attribute', at, object, name };
}
