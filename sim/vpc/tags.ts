/** Tags as far as they are known. One that a decision hangs on must be; any other may hold what AWS decides after apply. */

import { convertOr, type Fields, isSymbolic, toText } from '../terraform/index.ts';

/** Throws SIM_TERRAFORM_UNRESOLVED if a needed tag is there and its value is not known. */
export function readTags(
  fields: Fields,
  options: { readonly needed: readonly string[] } = { needed: [] },
): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  for (const [name, found] of fields.map('tags')) {
    if (isSymbolic(found.value) && !options.needed.includes(name)) continue;
    tags.set(name, convertOr(found, 'a string', toText));
  }
  return tags;
}
