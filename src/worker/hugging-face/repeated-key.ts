/** Finds what `JSON.parse` passes over: a key that an object has twice, of which it keeps the last. */

/**
 * @param text valid JSON.
 * @returns the first key that repeats one of the same object.
 */
export function findRepeatedKey(text: string): string | undefined {
  // One set of keys for each open object, undefined for an array.
  const open: (Set<string> | undefined)[] = [];
  const strings = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/gs;
  for (const [token, colon] of text.matchAll(strings)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (colon !== undefined) {
      const key: unknown = JSON.parse(token.slice(0, -colon.length));
      const keys = open.at(-1);
      if (keys === undefined || typeof key !== 'string') continue;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}
