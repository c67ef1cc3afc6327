/** The characters of a text as Terraform counts them: grapheme clusters. Text is in Unicode's composed form (NFC). */

const segmenter = new Intl.Segmenter();

export function charactersOf(text: string): readonly string[] {
  return [...segmenter.segment(text)].map(({ segment }) => segment);
}

/** What Go takes for white space. */
const SPACE = String.raw`[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]`;
const SPACE_AT_START = new RegExp(`^${SPACE}+`);
const SPACE_CHARACTER = new RegExp(`^${SPACE}$`);

export function trimSpace(text: string): string {
  let end = text.length;
  while (end > 0 && SPACE_CHARACTER.test(text[end - 1] ?? '')) end -= 1;
  return text.slice(0, end).replace(SPACE_AT_START, '');
}
