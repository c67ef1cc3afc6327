/**
 * A recursive-descent parser of Terraform's expression language: literals, templates, lists, objects, references,
 * indexes, splats, calls, operators and conditionals. `for` expressions, heredocs and template directives are
 * refused by name.
 */

import type { Site } from '../site.ts';
import { Cursor } from './cursor.ts';
import { parseTemplateText } from './parse-template-text.ts';
import type { BinaryOperator, Expression, ObjectEntry } from './syntax.ts';

const IDENTIFIER = /[\p{ID_Start}_][\p{ID_Continue}-]*/uy;
const NUMBER = /\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const DIGITS = /\d+/y;

/** Loosest first; operators of one row bind alike, from left to right. */
const PRECEDENCE: readonly (readonly BinaryOperator[])[] = [
  ['||'],
  ['&&'],
  ['==', '!='],
  ['<=', '>=', '<', '>'],
  ['+', '-'],
  ['*', '/', '%'],
];

/** Parses a string of Terraform JSON. Throws SIM_TERRAFORM_INVALID or SIM_TERRAFORM_UNRESOLVED, never anything else. */
export function parseTemplate(text: string, site: Site): Expression {
  const cursor = new Cursor(text, site);
  return parseTemplateText(cursor, { mode: 'bare', parseExpression: () => conditional(cursor) });
}

function conditional(cursor: Cursor): Expression {
  const at = cursor.at;
  const test = binary(cursor, 0);
  cursor.skipSpace();
  if (!cursor.take('?')) return test;
  return cursor.nested(cursor.newlineEnds, () => {
    const then = conditional(cursor);
    cursor.expect(':');
    return { kind: 'conditional', at, test, then, otherwise: conditional(cursor) };
  });
}

function binary(cursor: Cursor, level: number): Expression {
  const operators = PRECEDENCE[level];
  if (operators === undefined) return unary(cursor);
  const at = cursor.at;
  let left = binary(cursor, level + 1);
  for (;;) {
    cursor.skipSpace();
    const operator = operators.find((candidate) => cursor.take(candidate));
    if (operator === undefined) return left;
    left = { kind: 'binary', at, operator, left, right: binary(cursor, level + 1) };
  }
}

function unary(cursor: Cursor): Expression {
  cursor.skipSpace();
  const at = cursor.at;
  for (const operator of ['!', '-'] as const) {
    if (cursor.take(operator)) {
      const operand = cursor.nested(cursor.newlineEnds, () => unary(cursor));
      return { kind: 'unary', at, operator, operand };
    }
  }
  return postfix(cursor, primary(cursor));
}

function primary(cursor: Cursor): Expression {
  const at = cursor.at;
  if (cursor.startsWith('<<')) throw cursor.unreadable('a heredoc');
  if (cursor.take('(')) {
    const inner = cursor.nested(false, () => {
      const expression = conditional(cursor);
      cursor.expect(')');
      return expression;
    });
    return inner;
  }
  if (cursor.take('['))
    return { kind: 'list', at, items: cursor.nested(false, () => sequence(cursor, ']').items) };
  if (cursor.take('{'))
    return { kind: 'object', at, entries: cursor.nested(true, () => objectEntries(cursor)) };
  if (cursor.startsWith('"')) return quoted(cursor);
  const number = cursor.takeMatch(NUMBER);
  if (number !== undefined) return { kind: 'literal', at, value: Number(number) };
  const name = cursor.takeMatch(IDENTIFIER);
  if (name === undefined)
    throw cursor.syntaxError(cursor.isAtEnd ? 'it ends too early' : 'an unexpected character');
  return named(cursor, name, at);
}

function named(cursor: Cursor, name: string, at: number): Expression {
  if (name === 'true' || name === 'false') return { kind: 'literal', at, value: name === 'true' };
  if (name === 'null') return { kind: 'literal', at, value: null };
  if (name === 'for') throw cursor.unreadable('a "for" expression');
  if (cursor.startsWith('::')) throw cursor.unreadable("a provider's function");
  const start = cursor.at;
  cursor.skipSpace();
  if (!cursor.take('(')) {
    cursor.at = start;
    return { kind: 'root', at, name };
  }
  const { items, isSpread } = cursor.nested(false, () => sequence(cursor, ')'));
  return { kind: 'call', at, name, arguments: items, isSpread };
}

function quoted(cursor: Cursor): Expression {
  cursor.take('"');
  const template = cursor.nested(false, () =>
    parseTemplateText(cursor, { mode: 'quoted', parseExpression: () => conditional(cursor) }),
  );
  if (!cursor.take('"')) throw cursor.syntaxError('the closing quote is missing');
  return template;
}

function sequence(cursor: Cursor, close: ')' | ']'): { items: readonly Expression[]; isSpread: boolean } {
  const items: Expression[] = [];
  let isSpread = false;
  for (;;) {
    cursor.skipSpace();
    if (cursor.take(close)) return { items, isSpread };
    items.push(conditional(cursor));
    cursor.skipSpace();
    isSpread = close === ')' && cursor.take('...');
    cursor.skipSpace();
    if (!cursor.take(',')) {
      cursor.expect(close);
      return { items, isSpread };
    }
  }
}

function objectEntries(cursor: Cursor): readonly ObjectEntry[] {
  const entries: ObjectEntry[] = [];
  for (;;) {
    cursor.nested(false, () => cursor.skipSpace());
    if (cursor.take('}')) return entries;
    const key = objectKey(cursor);
    cursor.skipSpace();
    if (!cursor.take('=') && !cursor.take(':')) throw cursor.syntaxError('"=" is missing');
    entries.push({ key, value: conditional(cursor) });
    cursor.skipSpace();
    if (!cursor.take(',') && !cursor.startsWith('\n') && !cursor.startsWith('}')) {
      throw cursor.syntaxError('"," is missing');
    }
  }
}

/** A bare word is a name; any other expression is evaluated. */
function objectKey(cursor: Cursor): Expression {
  const at = cursor.at;
  const key = conditional(cursor);
  return key.kind === 'root' && cursor.text[at] !== '(' ? { kind: 'literal', at, value: key.name } : key;
}

function postfix(cursor: Cursor, start: Expression): Expression {
  let expression = start;
  for (;;) {
    const at = cursor.at;
    cursor.skipSpace();
    if (cursor.startsWith('...')) return expression;
    if (cursor.take('[')) {
      expression = cursor.take('*]')
        ? { kind: 'splat', at, list: expression, steps: splatSteps(cursor, true) }
        : { kind: 'index', at, object: expression, key: bracketKey(cursor) };
    } else if (cursor.take('.')) {
      expression = cursor.take('*')
        ? { kind: 'splat', at, list: expression, steps: splatSteps(cursor, false) }
        : dotted(cursor, expression, at);
    } else {
      cursor.at = at;
      return expression;
    }
  }
}

function bracketKey(cursor: Cursor): Expression {
  return cursor.nested(false, () => {
    const key = conditional(cursor);
    cursor.expect(']');
    return key;
  });
}

function dotted(cursor: Cursor, object: Expression, at: number): Expression {
  cursor.skipSpace();
  const index = cursor.takeMatch(DIGITS);
  if (index !== undefined)
    return { kind: 'index', at, object, key: { kind: 'literal', at, value: Number(index) } };
  const name = cursor.takeMatch(IDENTIFIER);
  if (name === undefined) throw cursor.syntaxError('a name is missing after "."');
  return { kind: 'attribute', at, object, name };
}

/** What follows a splat applies to each element: names and constant indexes (after `.*` names alone). */
function splatSteps(cursor: Cursor, takesIndexes: boolean): readonly (string | number)[] {
  const steps: (string | number)[] = [];
  for (;;) {
    if (cursor.startsWith('.') && !cursor.startsWith('...')) {
      cursor.take('.');
      const name = cursor.takeMatch(IDENTIFIER);
      if (name === undefined) throw cursor.unreadable('an index or a splat inside a splat');
      steps.push(name);
    } else if (takesIndexes && cursor.take('[')) {
      const key = bracketKey(cursor);
      const isConstant =
        key.kind === 'literal' && (typeof key.value === 'string' || typeof key.value === 'number');
      if (!isConstant) throw cursor.unreadable('a computed index inside a splat');
      steps.push(key.value as string | number);
    } else {
      return steps;
    }
  }
}
