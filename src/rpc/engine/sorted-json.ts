/**
 * JSON text as the iii engine writes it: object keys in byte order at every level, so nothing downstream may
 * depend on the order that a peer sent. Integers beyond 2^53 lose precision here, which the real engine keeps.
 */

/** Nesting that the engine's decoder accepts; deeper frames are undecodable. */
export const jsonDepthMax = 128;

export function sortedJson(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  return Array.isArray(value) ? sortedArray(value) : sortedObject(value);
}

export function isJsonDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((item) => isJsonDeeperThan(item, levels - 1));
  for (const key in value) {
    if (isJsonDeeperThan(Reflect.get(value, key), levels - 1)) return true;
  }
  return false;
}

function sortedArray(items: readonly unknown[]): string {
  let text = '[';
  for (const item of items) text += text.length === 1 ? sortedJson(item) : `,${sortedJson(item)}`;
  return `${text}]`;
}

function sortedObject(value: object): string {
  let text = '{';
  for (const key of sortedKeys(value)) {
    const member: unknown = Reflect.get(value, key);
    if (member === undefined) continue;
    text += `${text.length === 1 ? '' : ','}${JSON.stringify(key)}:${sortedJson(member)}`;
  }
  return `${text}}`;
}

/** Most objects come sorted: they were through an engine before. */
function sortedKeys(value: object): readonly string[] {
  const keys = Object.keys(value);
  let last = '';
  for (const key of keys) {
    if (key < last) return keys.some(hasSurrogate) ? keys.sort(byBytes) : keys.sort();
    last = key;
  }
  return keys.some(hasSurrogate) ? keys.sort(byBytes) : keys;
}

/** Only with surrogates does the order of UTF-16 differ from that of UTF-8. */
function hasSurrogate(text: string): boolean {
  return /[\ud800-\udfff]/.test(text);
}

function byBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
