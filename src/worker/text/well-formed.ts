/** Text that has a UTF-8 form: a lone surrogate, which has none, becomes U+FFFD. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\u{fffd}');
}
