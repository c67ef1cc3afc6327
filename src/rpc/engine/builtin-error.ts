/** Failures that the engine's own functions answer, and the decoding of their input, in the words of the real engine. */
import type { z } from 'zod';

export class BuiltinError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export interface InputShape<Schema extends z.ZodType> {
  readonly functionId: string;
  /** What the real engine calls the shape when something else comes. */
  readonly struct: string;
  readonly schema: Schema;
}

/** @throws BuiltinError deserialization_error */
export function parseInput<Schema extends z.ZodType>(
  { functionId, struct, schema }: InputShape<Schema>,
  data: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const reason = wordsOf(parsed.error, data, struct);
  throw new BuiltinError('deserialization_error', `Failed to deserialize input for ${functionId}: ${reason}`);
}

/** What is wrong with `data`, first fault first: `invalid type: integer `5`, expected a string`. */
export function wordsOf(error: z.ZodError, data: unknown, struct: string): string {
  const issue = error.issues[0];
  const path = issue?.path ?? [];
  const value = path.reduce<unknown>(memberOf, data);
  if (value === undefined) return `missing field \`${path.join('.')}\``;
  if (issue?.code !== 'invalid_type') return `invalid value: ${describe(value)}, expected usize`;
  const expected = path.length === 0 ? `struct ${struct}` : expectedNames[issue.expected];
  return `invalid type: ${describe(value)}, expected ${expected ?? issue.expected}`;
}

const expectedNames: Readonly<Record<string, string>> = {
  string: 'a string',
  boolean: 'a boolean',
  int: 'usize',
  number: 'usize',
  array: 'a sequence',
  object: 'struct',
};

function memberOf(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'sequence';
  if (typeof value === 'string') return `string ${JSON.stringify(value)}`;
  if (typeof value === 'number') {
    return Number.isInteger(value) ? `integer \`${value}\`` : `floating point \`${value}\``;
  }
  return typeof value === 'boolean' ? `boolean \`${value}\`` : 'map';
}
