/**
 * Holds the tokens that a client got against those of the undisturbed answer: how many are missing, and how many are too many. Of all
 * ways to read the difference it takes the one with the fewest. A wrong token is one missing and one too many.
 */

export interface TokenDifference {
  readonly lost: number;
  readonly repeated: number;
}

/** @param isWhole else the answer broke off: what it lacks at its end is not lost, for its client knows. */
export function alignTokens(
  seen: readonly string[],
  { expected, isWhole }: { readonly expected: readonly string[]; readonly isWhole: boolean },
): TokenDifference {
  const isPrefix = seen.length <= expected.length && seen.every((token, index) => token === expected[index]);
  if (isPrefix) return { lost: isWhole ? expected.length - seen.length : 0, repeated: 0 };
  const edits = editsToPrefixes(seen, expected);
  const end = isWhole ? expected.length : leastAt(edits);
  const missing = end - seen.length;
  const distance = edits[end] ?? 0;
  return { lost: (distance + missing) / 2, repeated: (distance - missing) / 2 };
}

/** By the length of the prefix of `expected`: insertions and deletions that make it `seen`. */
function editsToPrefixes(seen: readonly string[], expected: readonly string[]): readonly number[] {
  let row = Array.from({ length: expected.length + 1 }, (_, length) => length);
  for (const [index, token] of seen.entries()) {
    const next = [index + 1];
    for (const [at, other] of expected.entries()) {
      const same = token === other ? (row[at] ?? 0) : Number.POSITIVE_INFINITY;
      next.push(Math.min(same, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
    }
    row = next;
  }
  return row;
}

function leastAt(values: readonly number[]): number {
  return values.reduce((best, value, index) => (value <= (values[best] ?? 0) ? index : best), 0);
}
