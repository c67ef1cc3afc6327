/** Terraform's functions on strings, numbers and encodings. */

import { isList, isMap, toText, type Value } from '../value.ts';
import {
  ArgumentProblem,
  type FunctionTable,
  integerArgument,
  listArgument,
  numberArgument,
  textArgument,
} from './terraform-function.ts';

/** HCL escapes these in JSON, as Go does. */
const JSON_ESCAPES: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

function onText(apply: (text: string) => Value): FunctionTable[string] {
  return {
    argumentsMin: 1,
    argumentsMax: 1,
    strictness: 'deep',
    apply: (values) => apply(textArgument(values, 0)),
  };
}

function onNumbers(apply: (numbers: readonly number[]) => number): FunctionTable[string] {
  return {
    argumentsMin: 1,
    strictness: 'deep',
    apply: (values) => apply(values.map((_, index) => numberArgument(values, index))),
  };
}

export const STRING_FUNCTIONS: FunctionTable = {
  base64encode: onText((text) => Buffer.from(text, 'utf8').toString('base64')),
  base64decode: onText(decodeBase64),
  lower: onText((text) => text.toLowerCase()),
  upper: onText((text) => text.toUpperCase()),
  trimspace: onText((text) => text.trim()),
  chomp: onText((text) => text.replace(/[\r\n]+$/, '')),
  min: onNumbers((numbers) => Math.min(...numbers)),
  max: onNumbers((numbers) => Math.max(...numbers)),
  jsonencode: {
    argumentsMin: 1,
    argumentsMax: 1,
    strictness: 'deep',
    apply: ([value]) => encodeJson(value ?? null),
  },
  jsondecode: onText(decodeJson),
  format: {
    argumentsMin: 1,
    strictness: 'deep',
    apply: (values) => format(textArgument(values, 0), values.slice(1)),
  },
  join: {
    argumentsMin: 2,
    strictness: 'deep',
    apply: (values) => {
      const items = values.slice(1).flatMap((_, index) => listArgument(values, index + 1));
      return items.map((_, index) => textArgument(items, index)).join(textArgument(values, 0));
    },
  },
  split: {
    argumentsMin: 2,
    argumentsMax: 2,
    strictness: 'deep',
    apply: (values) => textArgument(values, 1).split(textArgument(values, 0)),
  },
  replace: {
    argumentsMin: 3,
    argumentsMax: 3,
    strictness: 'deep',
    apply: (values) => {
      const search = textArgument(values, 1);
      if (search.length > 1 && search.startsWith('/') && search.endsWith('/')) {
        throw new ArgumentProblem('a regular expression is not read yet', { isLimit: true });
      }
      return textArgument(values, 0).replaceAll(search, () => textArgument(values, 2));
    },
  },
  tostring: {
    argumentsMin: 1,
    argumentsMax: 1,
    strictness: 'deep',
    apply: (values) => textArgument(values, 0),
  },
  tonumber: {
    argumentsMin: 1,
    argumentsMax: 1,
    strictness: 'deep',
    apply: (values) => numberArgument(values, 0),
  },
};

function decodeBase64(text: string): string {
  const bytes = Buffer.from(text, 'base64');
  const isWhole = bytes.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '');
  if (!isWhole) throw new ArgumentProblem('argument 1 is not base64');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ArgumentProblem('argument 1 is not the base64 of UTF-8 text');
  }
}

function encodeJson(value: Value): string {
  const text = JSON.stringify(plain(value));
  return text.replaceAll(/[<>&\u2028\u2029]/g, (character) => JSON_ESCAPES[character] ?? character);
}

/** Terraform sorts the names of an object. */
function plain(value: Value): unknown {
  if (isList(value)) return value.map(plain);
  if (!isMap(value)) return value;
  const names = [...value.keys()].sort();
  return Object.fromEntries(names.map((name) => [name, plain(value.get(name) ?? null)]));
}

function decodeJson(text: string): Value {
  try {
    return fromJson(JSON.parse(text));
  } catch {
    throw new ArgumentProblem('argument 1 is not JSON');
  }
}

function fromJson(json: unknown): Value {
  if (json === null || typeof json === 'boolean' || typeof json === 'number' || typeof json === 'string')
    return json;
  if (Array.isArray(json)) return json.map(fromJson);
  return new Map(Object.entries(json as object).map(([name, item]) => [name, fromJson(item)]));
}

/** The verbs `%s %d %v %q %%` and zero- or space-padded widths of `%d` and `%s`. */
function format(pattern: string, values: readonly Value[]): string {
  let used = 0;
  const text = pattern.replaceAll(
    /%(%|(0?)(\d*)([sdvq])|.?)/gs,
    (verb, whole: string, zero = '', width = '', kind = '') => {
      if (whole === '%') return '%';
      if (kind === '') throw new ArgumentProblem(`the verb ${verb} is not read yet`, { isLimit: true });
      if (used >= values.length) throw new ArgumentProblem(`there is no argument for ${verb}`);
      const index = used;
      used += 1;
      return formatted(kind, values, index).padStart(Number(width), zero === '0' ? '0' : ' ');
    },
  );
  if (used < values.length) throw new ArgumentProblem(`it has ${values.length - used} arguments too many`);
  return text;
}

function formatted(kind: string, values: readonly Value[], index: number): string {
  if (kind === 'd') return String(integerArgument(values, index));
  if (kind === 'q') return JSON.stringify(textArgument(values, index));
  const value = values[index] ?? null;
  if (kind === 'v') return toText(value) ?? encodeJson(value);
  return textArgument(values, index);
}
