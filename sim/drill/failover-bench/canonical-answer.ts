/** What every server of the upstream half answers when nothing is wrong with it: sixty tokens, a word each. Pure. */

const words =
  'A gateway is judged by what its callers see on the day that a server behind it fails and not before ' +
  'It may ask again it may ask another and may say that there is no answer but it never shows half of one as if ' +
  'it were whole nor any word twice or nobody could trust what looks fine';

export const canonicalTokens: readonly string[] = words
  .split(' ')
  .map((word, index) => (index === 0 ? word : ` ${word}`));

export const canonicalText = canonicalTokens.join('');

export const canonicalQuestion = 'In sixty words: when is a gateway worth trusting?';
