/** Finds where a text stops being JSON: the engine's own message tells the place only of some faults, and quotes the text. */

/** Offset of the first token that cannot stand where it stands; the text's length if it merely ends too soon. */
export function jsonFaultAt(text: string): number {
  const open: ('{' | '[')[] = [];
  let expected: Expected = 'value';
  TOKEN.lastIndex = 0;
  for (let at = 0; ; ) {
    const match = TOKEN.exec(text);
    if (match === null) return skipSpace(text, at);
    const [whole, token = ''] = match;
    const start = at + whole.length - token.length;
    at += whole.length;
    const next = after(token, expected, open);
    if (next === undefined) return start;
    expected = next;
  }
}

type Expected = 'value' | 'item-or-end' | 'name' | 'name-or-end' | 'colon' | 'comma-or-end' | 'nothing';

const TOKEN =
  /[ \t\r\n]*("(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null|[[\]{},:])/uy;

/** What may come next, or undefined if the token may not come here. */
function after(token: string, expected: Expected, open: ('{' | '[')[]): Expected | undefined {
  const around = () => (open.length === 0 ? 'nothing' : 'comma-or-end');
  if (token === '}' || token === ']') {
    const mayEnd =
      expected === 'comma-or-end' || expected === (token === '}' ? 'name-or-end' : 'item-or-end');
    if (!mayEnd || open.pop() !== (token === '}' ? '{' : '[')) return undefined;
    return around();
  }
  if (expected === 'comma-or-end') {
    if (token !== ',') return undefined;
    return open.at(-1) === '{' ? 'name' : 'value';
  }
  if (expected === 'colon') return token === ':' ? 'value' : undefined;
  if (expected === 'name' || expected === 'name-or-end') return token.startsWith('"') ? 'colon' : undefined;
  if (expected === 'nothing' || token === ',' || token === ':') return undefined;
  if (token !== '{' && token !== '[') return around();
  open.push(token);
  return token === '{' ? 'name-or-end' : 'item-or-end';
}

function skipSpace(text: string, start: number): number {
  const found = text.slice(start).search(/[^ \t\r\n]/);
  return found === -1 ? text.length : start + found;
}
