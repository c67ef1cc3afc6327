/**
 * JSON Schema (2020-12, the part that OpenAI's structured outputs take and some more) to an automaton of the texts that satisfy it.
 * Everything that it lets through satisfies the schema; of what satisfies it some spellings are left out: properties come
 * in the schema's order, names that it does not mention come last, and only where `additionalProperties` asks for them.
 */

import type { ResponseFormat } from '../../../rpc/contract/generate.ts';
import { addArray } from './array-text.ts';
import { type Automaton, AutomatonBuilder } from './automaton.ts';
import { addBlankRule, addNumberRule, addStringRule } from './json-text.ts';
import { addLiterals } from './literals.ts';
import { addNumberRange, type Bound } from './number-range.ts';
import { addObject } from './object-text.ts';
import { isSchema, type JsonType, readSchema, type Schema, type SchemaObject } from './read-schema.ts';
import { resolveReference } from './resolve-reference.ts';
import { schemaInvalid } from './schema-error.ts';
import { checkSize } from './schema-size.ts';
import { addConstrainedString } from './string-text.ts';
import { trimAutomaton } from './trim-automaton.ts';

/** @throws DrydockError WORKER_SCHEMA_INVALID, WORKER_SCHEMA_UNSUPPORTED */
export function compileSchema(format: Exclude<ResponseFormat, { type: 'text' }>): Automaton {
  if (format.type === 'json_object') return new SchemaCompiler({}).compile({ type: 'object' });
  const schema = parseSchema(format.schema);
  checkSize(schema);
  return new SchemaCompiler(schema).compile(schema);
}

function parseSchema(text: string): SchemaObject {
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch {
    throw schemaInvalid('it is not JSON', 'send JSON Schema');
  }
  if (typeof schema === 'object' && schema !== null && !Array.isArray(schema)) return { ...schema };
  throw schemaInvalid('it is not an object', 'send JSON Schema');
}

/** What the texts of objects and arrays need of the compiler. */
export interface SchemaRules {
  readonly builder: AutomatonBuilder;
  /** Start state of the rule that reads what satisfies a schema; of a `false` one nothing does. */
  ruleOf(schema: Schema): number;
  /** Reads optional blanks. */
  addBlanks(from: number, to: number): void;
}

const enumMax = 1_000;

class SchemaCompiler implements SchemaRules {
  readonly builder = new AutomatonBuilder();
  readonly #root: SchemaObject;
  readonly #rules = new Map<Schema, number>();
  readonly #shared = new Map<string, number>();
  readonly #waiting: { readonly schema: Schema; readonly start: number; readonly end: number }[] = [];
  /** Rules that a rule calls before it has read a byte. */
  readonly #leading = new Map<number, number[]>();

  constructor(root: SchemaObject) {
    this.#root = root;
  }

  compile(schema: Schema): Automaton {
    const start = this.ruleOf(schema);
    for (let next = this.#waiting.pop(); next !== undefined; next = this.#waiting.pop()) this.#fill(next);
    this.#refuseLoops();
    return trimAutomaton(this.builder.states, start);
  }

  ruleOf(schema: Schema): number {
    const known = this.#rules.get(schema);
    if (known !== undefined) return known;
    const { start, end } = this.builder.addRule();
    this.#rules.set(schema, start);
    this.#waiting.push({ schema, start, end });
    return start;
  }

  addBlanks(from: number, to: number): void {
    this.builder.addEpsilon(from, to);
    this.builder.addCall(from, {
      rule: this.#sharedRule('blanks', () => addBlankRule(this.builder)),
      next: to,
    });
  }

  #fill({
    schema,
    start,
    end,
  }: {
    readonly schema: Schema;
    readonly start: number;
    readonly end: number;
  }): void {
    if (schema === false) return;
    const object = schema === true ? {} : schema;
    const { choice, types, isTyped } = readSchema(object);
    if (choice === '$ref') this.#lead(start, resolveReference(this.#root, object.$ref), end);
    else if (choice === 'anyOf') {
      for (const member of readMembers(object.anyOf)) this.#lead(start, member, end);
    } else if (choice !== undefined) {
      const texts = readValues(choice === 'const' ? [object.const] : object.enum)
        .filter((value) => !isTyped || types.some((type) => isOfType(value, type)))
        .map((value) => JSON.stringify(value));
      addLiterals(this.builder, start, { texts, to: end });
    } else for (const type of types) this.#addTyped(start, { schema: object, type, to: end });
  }

  /** Reads what satisfies another schema, as the first thing of a rule. */
  #lead(start: number, schema: Schema, to: number): void {
    const rule = this.ruleOf(schema);
    this.#leading.set(start, [...(this.#leading.get(start) ?? []), rule]);
    this.builder.addCall(start, { rule, next: to });
  }

  #addTyped(
    from: number,
    { schema, type, to }: { readonly schema: SchemaObject; readonly type: JsonType; readonly to: number },
  ): void {
    const { builder } = this;
    if (type === 'object') addObject(this, from, { schema, to });
    else if (type === 'array') addArray(this, from, { schema, to });
    else if (type === 'null') builder.addText(from, { text: 'null', to });
    else if (type === 'boolean') addLiterals(builder, from, { texts: ['true', 'false'], to });
    else if (type === 'string') this.#addString(from, schema, to);
    else this.#addNumber(from, { schema, isInteger: type === 'integer', to });
  }

  #addString(from: number, schema: SchemaObject, to: number): void {
    if (addConstrainedString(this.builder, from, { schema, to })) return;
    this.builder.addCall(from, {
      rule: this.#sharedRule('string', () => addStringRule(this.builder)),
      next: to,
    });
  }

  #addNumber(
    from: number,
    {
      schema,
      isInteger,
      to,
    }: { readonly schema: SchemaObject; readonly isInteger: boolean; readonly to: number },
  ): void {
    const low = readBound(schema, { inclusive: 'minimum', exclusive: 'exclusiveMinimum', pick: Math.max });
    const high = readBound(schema, { inclusive: 'maximum', exclusive: 'exclusiveMaximum', pick: Math.min });
    if (low !== undefined || high !== undefined) {
      addNumberRange(this.builder, from, { range: { low, high, isInteger }, to });
      return;
    }
    const rule = this.#sharedRule(isInteger ? 'integer' : 'number', () =>
      addNumberRule(this.builder, isInteger),
    );
    this.builder.addCall(from, { rule, next: to });
  }

  #sharedRule(name: string, add: () => number): number {
    const rule = this.#shared.get(name) ?? add();
    this.#shared.set(name, rule);
    return rule;
  }

  /** A schema that is itself before anything else means nothing, and following it would never end. */
  #refuseLoops(): void {
    const finished = new Set<number>();
    for (const start of this.#leading.keys()) {
      const path = new Set<number>();
      // Rules are left behind their children: a negative entry is the leaving.
      const waiting = [start];
      for (let rule = waiting.pop(); rule !== undefined; rule = waiting.pop()) {
        if (rule < 0) {
          path.delete(~rule);
          finished.add(~rule);
        } else if (path.has(rule))
          throw schemaInvalid('it refers to itself with nothing in between', 'check its $ref');
        else if (!finished.has(rule)) {
          path.add(rule);
          waiting.push(~rule, ...(this.#leading.get(rule) ?? []));
        }
      }
    }
  }
}

function readMembers(value: unknown): readonly Schema[] {
  if (Array.isArray(value) && value.length > 0 && value.every(isSchema)) return value;
  throw schemaInvalid("'anyOf' holds no schemas", 'use an array of at least one');
}

function readValues(value: unknown): readonly unknown[] {
  if (Array.isArray(value) && value.length > 0 && value.length <= enumMax) return value;
  throw schemaInvalid("'enum' holds no values or too many", `use an array of 1 to ${enumMax}`);
}

function isOfType(value: unknown, type: JsonType): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}

interface BoundKeywords {
  readonly inclusive: string;
  readonly exclusive: string;
  readonly pick: (a: number, b: number) => number;
}

function readBound(schema: SchemaObject, { inclusive, exclusive, pick }: BoundKeywords): Bound | undefined {
  const at = readNumber(schema, inclusive);
  const beyond = readNumber(schema, exclusive);
  if (beyond === undefined) return at === undefined ? undefined : { value: at, isExclusive: false };
  if (at === undefined || at === beyond) return { value: beyond, isExclusive: true };
  const value = pick(at, beyond);
  return { value, isExclusive: value === beyond };
}

function readNumber(schema: SchemaObject, keyword: string): number | undefined {
  const value = schema[keyword];
  if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) return value;
  throw schemaInvalid(`'${keyword}' is no number`, 'use a number');
}
