/**
 * Finds a name that stands twice in one object of a JSON text. `JSON.parse` takes the last, other readers the first, so two
 * programs would see two different tokens. Pure.
 */

const token = /"(?:[^"\\]|\\.)*"|[{}[\]:]/gs;

/** @param text valid JSON: `JSON.parse` takes it. */
export function hasDuplicateMembers(text: string): boolean {
  const open: (Set<string> | undefined)[] = [];
  let lastString = '';
  for (const [part] of text.matchAll(token)) {
    if (part === '{') open.push(new Set());
    else if (part === '[') open.push(undefined);
    else if (part === '}' || part === ']') open.pop();
    else if (part !== ':') lastString = part;
    else {
      // Escapes are undone, for "\u0061ud" is "aud".
      const name = String(JSON.parse(lastString));
      const names = open.at(-1);
      if (names?.has(name)) return true;
      names?.add(name);
    }
  }
  return false;
}
