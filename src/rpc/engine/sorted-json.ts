/**
 * JSON text as the iii engine writes it: object keys in byte order at every level, so nothing downstream may
 * depend on the order that a peer sent. Integers beyond 2^53 lose precision here, which the real engine keeps.
 */

/** Nesting that the engine's decoder accepts; deeper frames are undecodable. */
export const jsonDepthMax = 128;

export function sortedJson(value: unknown): string {
  if (Array.isArray(value)) {
    return `[${value.map((item) => sortedJson(item ?? null)).join(',')}]`;
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${sortedJson(member)}`);
  return `{${members.join(',')}}`;
}

export function isJsonDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((member) => isJsonDeeperThan(member, levels - 1));
}
