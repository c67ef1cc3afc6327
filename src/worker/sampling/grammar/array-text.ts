/** Arrays: items of one schema, counted where the schema counts them. */

import type { SchemaRules } from './compile-schema.ts';
import { readCount, requireSchema, type Schema, type SchemaObject } from './read-schema.ts';
import { schemaInvalid } from './schema-error.ts';

const itemsMax = 4_000;

export function addArray(
  rules: SchemaRules,
  from: number,
  { schema, to }: { readonly schema: SchemaObject; readonly to: number },
): void {
  const { builder } = rules;
  const { item, min, max } = readArray(schema);
  const [opened, closing] = [builder.addState(), builder.addState()];
  builder.addText(from, { text: '[', to: opened });
  if (min === 0) builder.addText(opened, { text: ']', to });
  builder.addText(closing, { text: ']', to });
  if (max === 0) return;
  const rule = rules.ruleOf(item);
  let next = builder.addState();
  rules.addBlanks(opened, next);
  const counted = max ?? Math.max(min, 1);
  for (let count = 1; count <= counted; count++) {
    const after = builder.addState();
    builder.addCall(next, { rule, next: after });
    if (count >= min) rules.addBlanks(after, closing);
    if (count === counted && max !== undefined) return;
    const comma = builder.addState();
    builder.addText(after, { text: ',', to: comma });
    // The last counted item of an array without an end is followed by one like it.
    if (count === counted) {
      rules.addBlanks(comma, next);
      return;
    }
    next = builder.addState();
    rules.addBlanks(comma, next);
  }
}

interface ArraySchema {
  readonly item: Schema;
  readonly min: number;
  readonly max: number | undefined;
}

function readArray(schema: SchemaObject): ArraySchema {
  const min = readCount(schema, 'minItems', itemsMax) ?? 0;
  const max = readCount(schema, 'maxItems', itemsMax);
  if (max !== undefined && min > max) throw schemaInvalid("'minItems' is above 'maxItems'", 'check both');
  const item = schema.items === undefined ? true : requireSchema(schema.items, 'items');
  return { item, min, max };
}
