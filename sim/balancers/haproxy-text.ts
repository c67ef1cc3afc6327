/** Text from a configuration in HAProxy's own syntax, so that none of it can end a line or a word: patterns, texts, redirects. */

/** A section's or server's name, which takes few characters. */
export function nameOf(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_.:-]/g, '_');
}

/** AWS's pattern with `*` and `?` as a regular expression, in HAProxy's single quotes, where nothing is special. */
export function patternText(pattern: string): string {
  const source = [...pattern].map((character) => {
    if (character === '*') return '.*';
    if (character === '?') return '.';
    return /[A-Za-z0-9]/.test(character) ? character : escapedBytes(character);
  });
  return `'^${source.join('')}$'`;
}

/** In double quotes, where `\x` writes a byte. */
export function quoted(text: string): string {
  const parts = [...text].map((character) =>
    /[A-Za-z0-9 /_.,:;=+-]/.test(character) ? character : escapedBytes(character),
  );
  return `"${parts.join('')}"`;
}

function escapedBytes(text: string): string {
  return [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}

const placeholder = /#\{(protocol|host|port|path|query)\}/;

/** Where a redirect leads, as a log format in single quotes; AWS's placeholders stand for parts of the request. */
export function locationText(
  location: string,
  { protocol, port }: { readonly protocol: string; readonly port: number },
): string {
  const values: Readonly<Record<string, string>> = {
    protocol,
    port: String(port),
    host: '%[req.hdr(host),host_only]',
    // AWS's has no slash at its beginning.
    path: '%[path,bytes(1)]',
    query: '%[query]',
  };
  const parts = location.split(placeholder);
  return `'${parts.map((part, index) => (index % 2 === 1 ? (values[part] ?? '') : urlText(part))).join('')}'`;
}

/** What does not belong into an address is escaped as one has it; a per cent sign begins something in a log format. */
function urlText(text: string): string {
  const escaped = text.replaceAll(/[^A-Za-z0-9\-._~:/?#[\]@!$&()*+,;=%]/gu, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
  return escaped.replaceAll('%', '%%');
}
