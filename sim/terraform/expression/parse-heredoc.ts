/** Parses `<<EOT` and `<<-EOT`. The text ends where a line holds the marker alone. */

import type { Cursor } from './cursor.ts';
import { parseTemplateText } from './parse-template-text.ts';
import type { Expression } from './syntax.ts';
import { IDENTIFIER } from './words.ts';

export function parseHeredoc(cursor: Cursor, parseInner: (inner: Cursor) => Expression): Expression {
  cursor.take('<<');
  const isIndented = cursor.take('-');
  const marker = cursor.takeMatch(IDENTIFIER);
  if (marker === undefined) throw cursor.syntaxError('the marker of a heredoc is missing');
  if (cursor.takeMatch(/\r?\n/y) === undefined) throw cursor.syntaxError('a heredoc begins on the next line');
  const end = endOf(cursor, marker);
  const inner = cursor.until(end.text);
  const template = cursor.nested(false, () =>
    parseTemplateText(inner, {
      mode: isIndented ? 'indented' : 'bare',
      parseExpression: () => parseInner(inner),
    }),
  );
  cursor.at = end.marker;
  return template;
}

function endOf(cursor: Cursor, marker: string): { readonly text: number; readonly marker: number } {
  let start = cursor.at;
  while (start < cursor.text.length) {
    const lineEnd = cursor.text.indexOf('\n', start);
    const end = lineEnd === -1 ? cursor.text.length : lineEnd;
    if (cursor.text.slice(start, end).trim() === marker) return { text: start, marker: end };
    start = end + 1;
  }
  throw cursor.syntaxError(`the heredoc does not end: a line "${marker}" is missing`);
}
