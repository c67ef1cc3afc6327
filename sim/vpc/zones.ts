/** The availability zone of a subnet. Where none is given AWS picks one; the simulator takes the region's first. */

import { type Fields, isSymbolic, toText } from '../terraform/index.ts';

/**
 * Which letter an account calls a zone id by differs from account to account; here `use1-az2` is the second.
 * Undefined where what is written is not known.
 */
export function zoneOf(fields: Fields, region: string): string | undefined {
  const written = fields.value('availability_zone')?.value ?? null;
  if (isSymbolic(written)) return undefined;
  const id = fields.value('availability_zone_id')?.value ?? null;
  if (written !== null) return toText(written);
  if (isSymbolic(id)) return undefined;
  const number = Number(/-az(\d{1,2})$/.exec(toText(id) ?? '')?.[1] ?? 1);
  return `${region}${String.fromCharCode('a'.charCodeAt(0) + Math.max(0, Math.min(number, 26) - 1))}`;
}
