/**
 * Choices that follow from a seed alone: the same on every runtime, because only 32-bit integers are mixed. Not for
 * anything that must not be guessed.
 */

export interface Random {
  /** Both ends included. */
  integer(from: number, to: number): number;
  chance(probability: number): boolean;
  pick<Item>(items: readonly [Item, ...Item[]]): Item;
  /** In random order, at most `count` of them. */
  some<Item>(items: readonly Item[], count: number): Item[];
}

/** Steele, Lea and Flood's SplitMix, in its 32-bit form: https://doi.org/10.1145/2660193.2660195 */
export function randomFrom(seed: number): Random {
  let state = seed | 0;
  const next = () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  // Neighbouring seeds shall not begin alike.
  for (let warm = 0; warm < 4; warm += 1) next();
  const integer = (from: number, to: number) => from + (next() % (to - from + 1));
  return {
    integer,
    chance: (probability) => next() < probability * 2 ** 32,
    pick: (items) => items[integer(0, items.length - 1)] ?? items[0],
    some(items, count) {
      const left = [...items];
      const chosen = [];
      while (left.length > 0 && chosen.length < count)
        chosen.push(...left.splice(integer(0, left.length - 1), 1));
      return chosen;
    },
  };
}
