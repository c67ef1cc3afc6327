/**
 * Names come from somebody's files: nothing in them may act on a terminal, end an XML attribute or open a tag in Markdown.
 * Line breaks count as such, too.
 */

/** Control characters, marks that reorder text, and what is invisible: shown as their number. */
export function visible(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}

/** Text of a model or a program, as it is but for what a terminal obeys. Line breaks and tabs stay. */
export function printable(text: string): string {
  return text.replace(/(?![\n\t])\p{Cc}/gu, '\u{fffd}');
}

const XML: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** For text and attributes of XML 1.0, which has no way to hold most control characters. */
export function xml(text: string): string {
  return visible(text)
    .replaceAll(/[\uFFFE\uFFFF]/g, '\uFFFD')
    .replaceAll(/[&<>"']/g, (character) => XML[character] ?? character);
}

/** Text of a paragraph, a list or a table's cell in GitHub's Markdown: no markup, mention, reference or link in it. */
export function markdown(text: string): string {
  return (
    visible(text)
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      // Within a word an underscore is itself, and names are full of them.
      .replaceAll(
        /[\\`*[\]#!|~@]|(?<![a-z0-9])_|_(?![a-z0-9])|:(?=\/\/)/gi,
        (character) => `&#${character.charCodeAt(0)};`,
      )
  );
}

/** A code span, longer fenced than any run of back-ticks in it. A bar ends a table's cell even there. */
export function markdownCode(text: string): string {
  const safe = visible(text).replaceAll('|', '\\|');
  const longest = Math.max(0, ...(safe.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  const pad = safe.startsWith('`') || safe.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${safe}${pad}${fence}`;
}
