/** An `aws_iam_policy_document` as the text that the provider renders; unknown where a part of it is not known. */

import type { Fields, Located } from './fields.ts';
import { isList, symbolIn, toText, type Unknown, unknownBecause, type Value } from './value.ts';

export function policyDocument(document: Fields): Value {
  const rendering: Rendering = { unknown: undefined };
  const statements = [
    ...statementsOf(document.list('source_policy_documents'), rendering),
    ...document.blocks('statement').map((statement) => rendered(statement, rendering)),
    ...statementsOf(document.list('override_policy_documents'), rendering),
  ];
  const version = document.text('version') ?? '2012-10-17';
  return rendering.unknown ?? JSON.stringify({ Version: version, Statement: statements }, null, 2);
}

interface Rendering {
  unknown: Unknown | undefined;
}

const LISTS = {
  actions: 'Action',
  not_actions: 'NotAction',
  resources: 'Resource',
  not_resources: 'NotResource',
} as const;

function rendered(statement: Fields, rendering: Rendering): object {
  const lists = Object.entries(LISTS).flatMap(([name, key]) => {
    const texts = textsIn(statement, name, rendering);
    return texts.length === 0 ? [] : [[key, oneOrMore(texts)] as const];
  });
  const conditions = statement
    .blocks('condition')
    .map((condition) => [
      condition.textIfKnown('test') ?? '',
      { [condition.textIfKnown('variable') ?? '']: oneOrMore(textsIn(condition, 'values', rendering)) },
    ]);
  return {
    ...optional('Sid', statement.text('sid')),
    Effect: statement.text('effect') ?? 'Allow',
    ...Object.fromEntries(lists),
    ...optional('Principal', principalsOf(statement, 'principals', rendering)),
    ...optional('NotPrincipal', principalsOf(statement, 'not_principals', rendering)),
    ...(conditions.length > 0 && { Condition: Object.fromEntries(conditions) }),
  };
}

function principalsOf(statement: Fields, name: string, rendering: Rendering): unknown {
  const principals = statement
    .blocks(name)
    .map(
      (block) => [block.text('type') ?? '*', oneOrMore(textsIn(block, 'identifiers', rendering))] as const,
    );
  if (principals.length === 0) return undefined;
  return principals.length === 1 && principals[0]?.[0] === '*' ? '*' : Object.fromEntries(principals);
}

function textsIn(fields: Fields, name: string, rendering: Rendering): readonly string[] {
  const value = fields.value(name)?.value ?? [];
  const symbol = symbolIn(value);
  if (symbol !== undefined) rendering.unknown ??= unknownBecause(symbol);
  return isList(value) ? value.map((item) => toText(item) ?? '').toSorted() : [];
}

function statementsOf(documents: readonly Located<Value>[], rendering: Rendering): readonly unknown[] {
  return documents.flatMap(({ value }) => {
    const symbol = symbolIn(value);
    if (symbol !== undefined) rendering.unknown ??= unknownBecause(symbol);
    return typeof value === 'string' ? parsedStatements(value) : [];
  });
}

function parsedStatements(text: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(text);
    const statements =
      typeof parsed === 'object' && parsed !== null && 'Statement' in parsed ? parsed.Statement : [];
    return Array.isArray(statements) ? statements : [statements];
  } catch {
    return [];
  }
}

function oneOrMore(texts: readonly string[]): unknown {
  return texts.length === 1 ? texts[0] : texts;
}

function optional(name: string, value: unknown): object {
  return value === undefined ? {} : { [name]: value };
}
