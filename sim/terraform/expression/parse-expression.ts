/**
 * A recursive-descent parser of Terraform's expression language: literals, templates, references and everything that
 * can stand behind them, calls, operators and conditionals. Providers' functions are refused by name.
 */

import type { Site } from '../site.ts';
import { Cursor } from './cursor.ts';
import { parseBraces, parseBrackets } from './parse-collections.ts';
import { parseHeredoc } from './parse-heredoc.ts';
import { parseSteps } from './parse-steps.ts';
import { parseTemplateText } from './parse-template-text.ts';
import type { BinaryOperator, Expression } from './syntax.ts';
import { IDENTIFIER } from './words.ts';

const NUMBER = /\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/y;

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
  return parseTemplateText(cursor, { mode: 'bare', parseExpression: () => parseConditional(cursor) });
}

/** Parses an expression that stands alone, as behind `=` in HCL. Throws as `parseTemplate` does. */
export function parseExpression(text: string, site: Site): Expression {
  const cursor = new Cursor(text, site);
  const expression = parseConditional(cursor);
  cursor.skipSpace();
  if (!cursor.isAtEnd) throw cursor.syntaxError('something follows that does not belong to it');
  return expression;
}

export function parseConditional(cursor: Cursor): Expression {
  const at = cursor.at;
  const test = binary(cursor, 0);
  cursor.skipSpace();
  if (!cursor.take('?')) return test;
  return cursor.nested(cursor.newlineEnds, () => {
    const then = parseConditional(cursor);
    cursor.expect(':');
    return { kind: 'conditional', at, test, then, otherwise: parseConditional(cursor) };
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
  return parseSteps(cursor, primary(cursor), () => parseConditional(cursor));
}

function primary(cursor: Cursor): Expression {
  const at = cursor.at;
  const inner = () => parseConditional(cursor);
  if (cursor.startsWith('<<')) return parseHeredoc(cursor, parseConditional);
  if (cursor.take('(')) {
    return cursor.nested(false, () => {
      const expression = parseConditional(cursor);
      cursor.expect(')');
      // A name in parentheses is no bare key of an object.
      return expression.kind === 'root' ? { ...expression, at } : expression;
    });
  }
  if (cursor.take('[')) return parseBrackets(cursor, at, inner);
  if (cursor.take('{')) return parseBraces(cursor, at, inner);
  if (cursor.startsWith('"')) return quoted(cursor);
  const number = cursor.takeMatch(NUMBER);
  if (number !== undefined) return { kind: 'literal', at, value: numberOf(number, cursor) };
  const name = cursor.takeMatch(IDENTIFIER);
  if (name === undefined)
    throw cursor.syntaxError(cursor.isAtEnd ? 'it ends too early' : 'an unexpected character');
  return named(cursor, name, at);
}

/** Terraform's numbers are wider; one that would not come out as it was written is refused. */
function numberOf(text: string, cursor: Cursor): number {
  const value = Number(text);
  const isExact = !/^\d+$/.test(text) || BigInt(text) === BigInt(value);
  if (!isExact || !Number.isFinite(value)) throw cursor.unreadable('a number of more digits than are kept');
  return value;
}

function named(cursor: Cursor, word: string, at: number): Expression {
  if (word === 'true' || word === 'false') return { kind: 'literal', at, value: word === 'true' };
  if (word === 'null') return { kind: 'literal', at, value: null };
  const name = namespaced(cursor, word);
  const start = cursor.at;
  cursor.skipSpace();
  if (!cursor.take('(')) {
    cursor.at = start;
    return { kind: 'root', at, name };
  }
  const { items, isSpread } = cursor.nested(false, () => callArguments(cursor));
  return { kind: 'call', at, name, arguments: items, isSpread };
}

/** `core::upper` is `upper`. */
function namespaced(cursor: Cursor, word: string): string {
  if (!cursor.startsWith('::')) return word;
  if (word !== 'core') throw cursor.unreadable("a provider's function");
  cursor.take('::');
  const name = cursor.takeMatch(IDENTIFIER);
  if (name === undefined) throw cursor.syntaxError('a name is missing after "::"');
  return name;
}

function quoted(cursor: Cursor): Expression {
  cursor.take('"');
  const template = cursor.nested(false, () =>
    parseTemplateText(cursor, { mode: 'quoted', parseExpression: () => parseConditional(cursor) }),
  );
  if (!cursor.take('"')) throw cursor.syntaxError('the closing quote is missing');
  return template;
}

function callArguments(cursor: Cursor): { items: readonly Expression[]; isSpread: boolean } {
  const items: Expression[] = [];
  for (;;) {
    cursor.skipSpace();
    if (cursor.take(')')) return { items, isSpread: false };
    items.push(parseConditional(cursor));
    cursor.skipSpace();
    const isSpread = cursor.take('...');
    cursor.skipSpace();
    const hasComma = cursor.take(',');
    if (isSpread || !hasComma) {
      cursor.expect(')');
      return { items, isSpread };
    }
  }
}
