/** Ids of interfaces: a name in characters that host names take, and a number that makes it unique. */

import { createHash } from 'node:crypto';

/** With a dash and six digits, 40 bytes. */
const NAME_BYTES_MAX = 33;
const HASH_DIGITS = 8;

/** Gives `<name>-0`, `<name>-1`, … by the order of the calls. */
export function interfaceIds(): (name: string, otherwise: string) => string {
  const counts = new Map<string, number>();
  return (name, otherwise) => {
    const base = shortened(slug(name) || otherwise);
    const count = counts.get(base) ?? 0;
    counts.set(base, count + 1);
    return `${base}-${count}`;
  };
}

function slug(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
}

function shortened(name: string): string {
  if (name.length <= NAME_BYTES_MAX) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_DIGITS);
  return `${name.slice(0, NAME_BYTES_MAX - HASH_DIGITS - 1)}-${hash}`;
}
