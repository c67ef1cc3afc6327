/** Values at a path of nested blocks, `vpc_config.subnet_ids`: of every block that is there, lists taken apart. */

import { convertOr, type Fields, type Located, toText, type Value } from '../../terraform/index.ts';
import type { BuildContext } from '../build-context.ts';
import { type Found, find } from './partly-known.ts';

/** Throws where a block or a value on the way is not known. */
export function valuesAt(fields: Fields, path: string): readonly Located<Value>[] {
  const [name = '', ...rest] = path.split('.');
  if (rest.length > 0) return fields.blocks(name).flatMap((block) => valuesAt(block, rest.join('.')));
  const found = fields.value(name);
  if (found === undefined) return [];
  return Array.isArray(found.value) ? fields.list(name) : [found];
}

/** Whether the value there is one of these, compared as text. Nothing there: no. */
export function isOneOf(
  context: BuildContext,
  fields: Fields,
  { at, values }: { readonly at: string; readonly values: readonly string[] },
): Found<boolean> {
  return find(context, () =>
    valuesAt(fields, at).some((found) => values.includes(convertOr(found, 'a string', toText))),
  );
}
