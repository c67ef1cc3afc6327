/** An order of names that is the same everywhere and puts `engine-2` before `engine-10`. */

export function compareNaturally(left: string, right: string): number {
  return compareKeys(partsOf(left), partsOf(right));
}

export function byAddress(left: { readonly address: string }, right: { readonly address: string }): number {
  return compareNaturally(left.address, right.address);
}

/** As `toSorted(byAddress)`; names are taken apart once each, which counts where there are thousands. */
export function sortedByAddress<Item extends { readonly address: string }>(
  items: Iterable<Item>,
): readonly Item[] {
  return [...items]
    .map((item) => ({ item, key: partsOf(item.address) }))
    .sort((left, right) => compareKeys(left.key, right.key))
    .map(({ item }) => item);
}

function compareKeys(leftParts: readonly string[], rightParts: readonly string[]): number {
  for (const [index, leftPart] of leftParts.entries()) {
    const rightPart = rightParts[index];
    if (rightPart === undefined) return 1;
    if (leftPart !== rightPart) return compareParts(leftPart, rightPart);
  }
  return leftParts.length - rightParts.length;
}

function partsOf(text: string): readonly string[] {
  return text.match(/\d+|\D+/g) ?? [];
}

function compareParts(left: string, right: string): number {
  const isNumeric = /^\d/.test(left) && /^\d/.test(right);
  const byNumber = isNumeric ? BigInt(left) - BigInt(right) : 0n;
  if (byNumber !== 0n) return byNumber < 0n ? -1 : 1;
  return left < right ? -1 : 1;
}
