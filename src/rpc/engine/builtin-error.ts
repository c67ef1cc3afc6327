/** Failures that the engine's own functions answer, and the decoding of their input. */
import type { z } from 'zod';

export class BuiltinError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** @throws BuiltinError deserialization_error, worded as the real engine words the plain cases. */
export function parseInput<Schema extends z.ZodType>(
  functionId: string,
  schema: Schema,
  data: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const value = (issue?.path ?? []).reduce<unknown>(memberOf, data);
  const expected =
    issue?.code === 'invalid_type' ? (expectedNames[issue.expected] ?? issue.expected) : 'usize';
  const kind = issue?.code === 'invalid_type' ? 'type' : 'value';
  throw new BuiltinError(
    'deserialization_error',
    `Failed to deserialize input for ${functionId}: invalid ${kind}: ${describe(value)}, expected ${expected}`,
  );
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
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'sequence';
  if (typeof value === 'string') return `string ${JSON.stringify(value)}`;
  if (typeof value === 'number') {
    return Number.isInteger(value) ? `integer \`${value}\`` : `floating point \`${value}\``;
  }
  return typeof value === 'boolean' ? `boolean \`${value}\`` : 'map';
}
