/**
 * JSON text as the iii engine writes it: object keys in byte order at every level, so nothing downstream may
 * depend on the order that a peer sent. Integers beyond 2^53 lose precision here, which the real engine keeps.
 */

/** Nesting that the engine's decoder accepts; deeper frames are undecodable. */
export const jsonDepthMax = 128;

/** Of a tree, as JSON text gives it. What is sorted already, as all that has been through an engine, is written natively. */
export function sortedJson(value: unknown): string {
  return isSorted(value) ? JSON.stringify(value ?? null) : writeSorted(value);
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

function isSorted(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isSorted);
  let last = '';
  for (const key in value) {
    if (key < last || hasSurrogate(key) || !isSorted(Reflect.get(value, key))) return false;
    last = key;
  }
  return true;
}

function writeSorted(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  if (Array.isArray(value)) return `[${value.map(writeSorted).join(',')}]`;
  let text = '{';
  for (const key of sortedKeys(value)) {
    const member: unknown = Reflect.get(value, key);
    if (member === undefined) continue;
    text += `${text.length === 1 ? '' : ','}${JSON.stringify(key)}:${writeSorted(member)}`;
  }
  return `${text}}`;
}

function sortedKeys(value: object): readonly string[] {
  const keys = Object.keys(value);
  return keys.some(hasSurrogate) ? keys.sort(byBytes) : keys.sort();
}

/** Only with surrogates does the order of UTF-16 differ from that of UTF-8. */
function hasSurrogate(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit >= 0xd800 && unit <= 0xdfff) return true;
  }
  return false;
}

function byBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
