/** Token ids by the bytes of their texts, in two flat arrays: a map of a quarter million strings would take ten times as much. */

export interface PieceIndex {
  /** The id of the token whose UTF-8 is `bytes[from, to)`, -1 for none. */
  find(bytes: Uint8Array, from: number, to: number): number;
  /** Whether the token's UTF-8 is `bytes[from, to)`. */
  isAt(id: number, bytes: Uint8Array, from: number, to: number): boolean;
  /**
   * Into how many pairs of tokens the token can be cut; -1 where those are not the places that `isCut` marks, counted in bytes from its
   * beginning.
   */
  countSplits(id: number, isCut: Uint8Array): number;
  /** A token whose text another one has as well, -1 for none. */
  readonly repeated: number;
}

const basis = 0x811c9dc5 | 0;
const prime = 0x01000193;

export interface PiecePool {
  /** UTF-8 of all tokens. */
  readonly pool: Uint8Array;
  /** By token id, where its bytes begin and end in the pool. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** How many tokens there are. */
  readonly count: number;
}

export function createPieceIndex({ pool, starts, ends, count }: PiecePool): PieceIndex {
  // A token's id and its hash side by side: what has another hash is turned away without a look at its text.
  const slots = new Int32Array(2 ** (1 + Math.ceil(Math.log2(1.5 * count + 2)))).fill(-1);
  const mask = slots.length / 2 - 1;
  function isAt(id: number, bytes: Uint8Array, from: number, to: number): boolean {
    const start = starts[id] ?? 0;
    if ((ends[id] ?? 0) - start !== to - from) return false;
    for (let at = from; at < to; at++) if (bytes[at] !== pool[start + at - from]) return false;
    return true;
  }

  function findHashed(hashed: number, bytes: Uint8Array, from: number, to: number): number {
    for (let slot = hashed & mask; ; slot = (slot + 1) & mask) {
      const id = slots[2 * slot] ?? -1;
      if (id === -1 || (slots[2 * slot + 1] === hashed && isAt(id, bytes, from, to))) return id;
    }
  }

  let repeated = -1;
  for (let id = 0; id < count; id++) {
    const [from, to] = [starts[id] ?? 0, ends[id] ?? 0];
    const hashed = hash(pool, from, to);
    let slot = hashed & mask;
    for (; slots[2 * slot] !== -1; slot = (slot + 1) & mask) {
      if (slots[2 * slot + 1] === hashed && isAt(slots[2 * slot] ?? -1, pool, from, to)) repeated = id;
    }
    slots[2 * slot] = id;
    slots[2 * slot + 1] = hashed;
  }

  const find = (bytes: Uint8Array, from: number, to: number) =>
    findHashed(hash(bytes, from, to), bytes, from, to);
  return {
    repeated,
    find,
    isAt,
    countSplits(id, isCut) {
      const end = ends[id] ?? 0;
      const start = starts[id] ?? 0;
      let splits = 0;
      let hashed = basis;
      for (let cut = start + 1; cut < end; cut++) {
        hashed = Math.imul(hashed ^ (pool[cut - 1] ?? 0), prime);
        // What begins or ends in the middle of a character is no token.
        const isBetween = ((pool[cut] ?? 0) & 0xc0) !== 0x80;
        const isSplit =
          isBetween && findHashed(mix(hashed), pool, start, cut) !== -1 && find(pool, cut, end) !== -1;
        if (isSplit !== (isCut[cut - start] === 1)) return -1;
        if (isSplit) splits++;
      }
      return splits;
    },
  };
}

/** FNV-1a, see http://www.isthe.com/chongo/tech/comp/fnv/. */
function hash(bytes: Uint8Array, from: number, to: number): number {
  let hashed = basis;
  for (let at = from; at < to; at++) hashed = Math.imul(hashed ^ (bytes[at] ?? 0), prime);
  return mix(hashed);
}

/** The low bits of FNV-1a depend on the low bits of the bytes alone. */
function mix(hashed: number): number {
  return hashed ^ (hashed >>> 15);
}
