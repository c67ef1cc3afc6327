/** Why something failed, on one line: the native library's messages may have several. */

export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().replaceAll(/\s*\n\s*/g, ' ');
}
