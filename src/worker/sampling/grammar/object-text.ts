/** Objects: the properties that a schema names in its order, optional ones where they like, then other names where it asks for them. */

import type { SchemaRules } from './compile-schema.ts';
import { addLiterals, addOtherKey } from './literals.ts';
import { requireSchema, type Schema, type SchemaObject } from './read-schema.ts';
import { schemaInvalid } from './schema-error.ts';

interface Property {
  readonly name: string;
  readonly schema: Schema;
  readonly isRequired: boolean;
}

interface ObjectSchema {
  readonly properties: readonly Property[];
  /** What other names may have; undefined where there are none. */
  readonly others: Schema | undefined;
}

const propertiesMax = 1_000;

export function addObject(
  rules: SchemaRules,
  from: number,
  { schema, to }: { readonly schema: SchemaObject; readonly to: number },
): void {
  const { builder } = rules;
  const { properties, others } = readObject(schema);
  const opened = builder.addState();
  builder.addText(from, { text: '{', to: opened });
  // Two places before each property, for it takes a comma only where another one came before.
  let first = builder.addState();
  rules.addBlanks(opened, first);
  let later = builder.addState();
  const closing = builder.addState();
  if (!properties.some(({ isRequired }) => isRequired)) builder.addText(opened, { text: '}', to });
  for (const { name, schema: value, isRequired } of properties) {
    const [key, next, skipped] = [builder.addState(), builder.addState(), builder.addState()];
    addLiterals(builder, key, { texts: [`${JSON.stringify(name)}:`], to: addValue(rules, value, next) });
    builder.addEpsilon(first, key);
    addComma(rules, later, key);
    if (!isRequired) {
      builder.addEpsilon(first, skipped);
      builder.addEpsilon(later, next);
    }
    first = skipped;
    later = next;
  }
  if (others !== undefined) {
    const [key, colon, next] = [builder.addState(), builder.addState(), builder.addState()];
    addOtherKey(builder, key, { names: properties.map(({ name }) => name), to: colon });
    builder.addText(colon, { text: ':', to: addValue(rules, others, next) });
    builder.addEpsilon(first, key);
    addComma(rules, later, key);
    addComma(rules, next, key);
    rules.addBlanks(next, closing);
  }
  rules.addBlanks(later, closing);
  builder.addText(closing, { text: '}', to });
}

/** A state that reads a value behind a colon, and goes on at `to`. */
function addValue(rules: SchemaRules, schema: Schema, to: number): number {
  const [afterColon, before] = [rules.builder.addState(), rules.builder.addState()];
  rules.addBlanks(afterColon, before);
  rules.builder.addCall(before, { rule: rules.ruleOf(schema), next: to });
  return afterColon;
}

function addComma(rules: SchemaRules, from: number, to: number): void {
  const after = rules.builder.addState();
  rules.builder.addText(from, { text: ',', to: after });
  rules.addBlanks(after, to);
}

function readObject(schema: SchemaObject): ObjectSchema {
  const named = Object.entries(readNamed(schema.properties));
  const required = readNames(schema.required);
  const additional = schema.additionalProperties;
  // As OpenAI has it, a schema that names properties means these; one that names none means any object.
  const others =
    additional === undefined
      ? schema.properties === undefined
        ? true
        : undefined
      : requireSchema(additional, 'additionalProperties');
  const properties = named.map(([name, value]) => ({
    name,
    schema: requireSchema(value, 'properties'),
    isRequired: required.has(name),
  }));
  for (const name of required) {
    if (properties.some((property) => property.name === name)) continue;
    properties.push({ name, schema: additional === undefined ? true : (others ?? true), isRequired: true });
  }
  if (properties.length > propertiesMax)
    throw schemaInvalid(`an object has more than ${propertiesMax} properties`, 'use fewer');
  return { properties, others: others === false ? undefined : others };
}

function readNamed(value: unknown): SchemaObject {
  if (value === undefined) return {};
  const named = requireSchema(value, 'properties');
  if (typeof named === 'boolean')
    throw schemaInvalid("'properties' is no object", 'use an object of schemas');
  return named;
}

function readNames(value: unknown): ReadonlySet<string> {
  if (value === undefined) return new Set();
  if (Array.isArray(value) && value.every((name) => typeof name === 'string')) return new Set(value);
  throw schemaInvalid("'required' holds no names", 'use an array of texts');
}
