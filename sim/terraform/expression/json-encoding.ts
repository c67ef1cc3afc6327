/** JSON as Terraform writes and reads it. */

import { compareText } from '../types/value-order.ts';
import { formatNumber, isList, isMap, type Value } from '../value.ts';
import { ArgumentProblem } from './terraform-function.ts';

/** HCL escapes these in JSON, as Go does. */
const JSON_ESCAPES: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

/** Names come sorted. There must be no symbol inside. */
export function encodeJson(value: Value): string {
  if (typeof value === 'string') return encodeText(value);
  if (typeof value === 'number') return formatNumber(value);
  if (isList(value)) return `[${value.map(encodeJson).join(',')}]`;
  if (!isMap(value)) return String(value);
  const entries = [...value].sort(([left], [right]) => compareText(left, right));
  return `{${entries.map(([name, item]) => `${encodeText(name)}:${encodeJson(item)}`).join(',')}}`;
}

function encodeText(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => JSON_ESCAPES[character] ?? character,
  );
}

export function decodeJson(text: string): Value {
  try {
    return fromPlain(JSON.parse(text, refuseInexact));
  } catch (error) {
    if (error instanceof ArgumentProblem) throw error;
    // Deeper than the stack.
    if (error instanceof RangeError) throw new ArgumentProblem('it nests too many levels', { isLimit: true });
    throw new ArgumentProblem('argument 1 is not JSON');
  }
}

function refuseInexact(_: string, value: unknown, { source }: { readonly source?: string } = {}): unknown {
  if (typeof value !== 'number') return value;
  const isWhole = source !== undefined && /^-?\d+$/.test(source);
  if (Number.isFinite(value) && (!isWhole || BigInt(source) === BigInt(value))) return value;
  throw new ArgumentProblem('a number has more digits than are kept', { isLimit: true });
}

/** What JSON or YAML gave, as objects and tuples. */
export function fromPlain(plain: unknown): Value {
  if (plain === null || typeof plain === 'boolean' || typeof plain === 'string') return plain;
  if (typeof plain === 'number' && Number.isFinite(plain)) return plain;
  if (Array.isArray(plain)) return plain.map(fromPlain);
  if (typeof plain === 'object')
    return new Map(Object.entries(plain).map(([name, item]) => [name, fromPlain(item)]));
  throw new ArgumentProblem('a value is of no kind that Terraform has');
}
