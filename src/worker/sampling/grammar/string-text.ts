/** Strings of a given length, or of a given form. */

import type { AutomatonBuilder } from './automaton.ts';
import { formatPatterns } from './formats.ts';
import { addCharacter } from './json-text.ts';
import { addPatternString } from './pattern-strings.ts';
import { parsePattern } from './pattern-syntax.ts';
import { readCount, type SchemaObject } from './read-schema.ts';
import { schemaInvalid, schemaUnsupported } from './schema-error.ts';

const charactersMax = 2_000;
/** No token of a vocabulary has more characters, so two places that are as far from a border let the same tokens through. */
const tokenCharactersMax = 64;

/** @returns false, having added nothing, where the schema says nothing about the text. */
export function addConstrainedString(
  builder: AutomatonBuilder,
  from: number,
  { schema, to }: { readonly schema: SchemaObject; readonly to: number },
): boolean {
  const min = readCount(schema, 'minLength', charactersMax);
  const max = readCount(schema, 'maxLength', charactersMax);
  const source = readSource(schema);
  if (source === undefined) {
    if (min === undefined && max === undefined) return false;
    if (max !== undefined && (min ?? 0) > max)
      throw schemaInvalid("'minLength' is above 'maxLength'", 'check both');
    addCounted(builder, from, { min: min ?? 0, max, to });
    return true;
  }
  if (min !== undefined || max !== undefined) {
    throw schemaUnsupported(
      'minLength or maxLength beside pattern or format',
      'count in the pattern, as ^.{2,5}$ does',
    );
  }
  addPatternString(builder, from, { pattern: parsePattern(source), to });
  return true;
}

function readSource(schema: SchemaObject): string | undefined {
  const { pattern, format } = schema;
  if (pattern !== undefined && format !== undefined) {
    throw schemaUnsupported('pattern beside format', 'state one of the two');
  }
  if (pattern !== undefined) {
    if (typeof pattern !== 'string') throw schemaInvalid("'pattern' is no text", 'use a regular expression');
    return pattern;
  }
  if (format === undefined) return undefined;
  const known = typeof format === 'string' ? formatPatterns.get(format) : undefined;
  if (known !== undefined) return known;
  throw schemaUnsupported(`format ${String(format)}`, `use one of ${[...formatPatterns.keys()].join(', ')}`);
}

interface CountedPath {
  readonly min: number;
  readonly max: number | undefined;
  readonly to: number;
}

function addCounted(builder: AutomatonBuilder, from: number, { min, max, to }: CountedPath): void {
  const places = Array.from({ length: (max ?? min) + 1 }, () => builder.addState());
  const [first = from] = places;
  builder.addText(from, { text: '"', to: first });
  const alike = new Map<string, number>();
  for (const [count, place] of places.entries()) {
    if (count >= min) builder.addText(place, { text: '"', to });
    const next = places[count + 1] ?? (max === undefined ? place : undefined);
    if (next !== undefined) addCharacter(builder, place, next);
    // Far from both ends of the count only "not yet enough" and "enough" differ.
    const toMin = Math.max(min - count, 0);
    const toMax = max === undefined ? Number.POSITIVE_INFINITY : max - count;
    const kind = `${Math.min(toMin, tokenCharactersMax)}:${Math.min(toMax, tokenCharactersMax)}`;
    const alias = alike.get(kind);
    if (alias === undefined) alike.set(kind, place);
    else builder.at(place).alias = alias;
  }
}
