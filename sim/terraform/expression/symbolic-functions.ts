/**
 * What functions give of values that are known only after apply, where that can be told before: an identity joined with
 * nothing is that identity, and what was joined can be split again. All others give what is not known.
 */

import { prefixOf } from '../types/identities.ts';
import { listOf, markedAs, STRING } from '../types/terraform-type.ts';
import { isList, isSymbolic, type Unknown, unknownBecause, type Value } from '../value.ts';
import { ArgumentProblem } from './terraform-function.ts';

/** Undefined: nothing can be told. Arguments are converted, and one of them holds a symbol. */
export function applySymbolic(name: string, values: readonly Value[]): Value | undefined {
  return Object.hasOwn(TABLE, name) ? TABLE[name]?.(values) : undefined;
}

const TABLE: Readonly<Record<string, (values: readonly Value[]) => Value | undefined>> = {
  tostring: ([value]) => value,
  sensitive: ([value]) => value,
  nonsensitive: ([value]) => value,
  ephemeralasnull: ([value]) => value,
  chomp: identity,
  trimspace: identity,
  format: ([template, ...values]) =>
    template === '%s' && values.length === 1 ? identity(values) : undefined,
  sort: ([list = null]) => (isList(list) && list.length === 1 ? list : undefined),
  join: ([separator, ...lists]) => joined(separator, lists),
  split: ([separator, text]) => split(separator, text),
  startswith: ([text, prefix]) => startsWith(text, prefix),
  regex: ([pattern, text]) => matched(pattern, text),
};

/** An id holds no space. */
function identity([value = null]: readonly Value[]): Value | undefined {
  return isSymbolic(value) && prefixOf(value) !== undefined ? value : undefined;
}

interface Parts {
  readonly separator: string;
  readonly parts: readonly Value[];
}

/** Of texts that were joined from what is not known. */
const joinedFrom = new WeakMap<Unknown, Parts>();

function joined(separator: Value | undefined, lists: readonly Value[]): Value | undefined {
  const parts = lists.flatMap((list) => (isList(list) ? list : [list]));
  const [only, second] = parts;
  if (only !== undefined && second === undefined) return only;
  const symbol = parts.find(isSymbolic);
  if (typeof separator !== 'string' || symbol === undefined) return undefined;
  if (!parts.every((part) => typeof part === 'string' || identity([part]) !== undefined)) return undefined;
  const text = unknownBecause(symbol);
  joinedFrom.set(text, { separator, parts });
  return text;
}

function split(separator: Value | undefined, text: Value = null): Value | undefined {
  if (typeof separator !== 'string' || separator === '' || !isSymbolic(text)) return undefined;
  // Ids are of letters, digits and dashes.
  if (identity([text]) !== undefined) return /^[a-z0-9-]+$/.test(separator) ? undefined : textList([text]);
  const from = text.kind === 'unknown' ? joinedFrom.get(text) : undefined;
  if (from?.separator !== separator) return undefined;
  return textList(
    from.parts.flatMap((part): readonly Value[] =>
      typeof part === 'string' ? part.split(separator) : [part],
    ),
  );
}

function textList(items: readonly Value[]): Value {
  return markedAs([...items], listOf(STRING));
}

function startsWith(text: Value = null, wanted: Value = null): boolean | undefined {
  const prefix = isSymbolic(text) ? prefixOf(text) : undefined;
  if (prefix === undefined || typeof wanted !== 'string') return undefined;
  if (prefix.startsWith(wanted)) return true;
  return wanted.startsWith(prefix) ? undefined : false;
}

/** `^sg-` of a security group's id. */
function matched(pattern: Value = null, text: Value = null): Value | undefined {
  const start = typeof pattern === 'string' ? /^\^([a-z0-9-]+)$/.exec(pattern)?.[1] : undefined;
  const does = start === undefined ? undefined : startsWith(text, start);
  if (does === false) throw new ArgumentProblem('the pattern does not match');
  return does === true ? start : undefined;
}
