/** Strips what Jinja's `trim` strips, which is Python's idea of white space: not U+FEFF, but U+001C to U+001F and U+0085. */
export function stripWhitespace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isPythonSpace(text.charCodeAt(start))) start++;
  while (end > start && isPythonSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isPythonSpace(unit: number): boolean {
  if (unit === 0xfeff) return false;
  if ((unit >= 0x1c && unit <= 0x1f) || unit === 0x85) return true;
  return /\s/.test(String.fromCharCode(unit));
}
