/**
 * Random numbers that a seed replays: xoshiro128** 1.1, its state filled by splitmix64, both as Blackman and
 * Vigna publish them (https://prng.di.unimi.it). For sampling text, not for secrets.
 */

export interface Random {
  /** Uniform in [0, 1), 53 bits. */
  next(): number;
}

/** @param seed whole number from 0 to 2^53 - 1. */
export function createRandom(seed: number): Random {
  const words = xoshiro128(splitmix64(BigInt(seed), 2).flatMap((word) => [low32(word), low32(word >> 32n)]));
  return {
    next() {
      const high = words() >>> 5;
      const low = words() >>> 6;
      return (high * 2 ** 26 + low) / 2 ** 53;
    },
  };
}

/** Unsigned 32-bit words from a state of four. */
export function xoshiro128(state: readonly number[]): () => number {
  let [s0 = 0, s1 = 0, s2 = 0, s3 = 0] = state;
  return () => {
    const word = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    const shifted = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= shifted;
    s3 = rotateLeft(s3, 11);
    return word;
  };
}

/** A stream that begins anew from each number it is given: as many draws as one token needs, out of that token's one draw. */
export interface BranchedRandom extends Random {
  /** @param draw uniform in [0, 1), 53 bits. */
  restart(draw: number): void;
}

export function createBranchedRandom(): BranchedRandom {
  let key0 = 0;
  let key1 = 0;
  let counter = 0;
  // A counter through a keyed mix: each round is the finalizer of MurmurHash3 (public domain), which is a bijection of 32 bits.
  const word = (key: number) =>
    mix32((mix32((counter ^ key0) >>> 0) + Math.imul(key1 ^ key, 0x9e3779b9)) >>> 0);
  return {
    restart(draw) {
      key0 = Math.floor(draw * 2 ** 26);
      key1 = (draw * 2 ** 26 - key0) * 2 ** 27;
      counter = 0;
    },
    next() {
      counter++;
      return ((word(0x85ebca6b) >>> 5) * 2 ** 26 + (word(0xc2b2ae35) >>> 6)) / 2 ** 53;
    },
  };
}

function mix32(value: number): number {
  let word = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return (word ^ (word >>> 16)) >>> 0;
}

export function splitmix64(seed: bigint, count: number): bigint[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let word = state;
    word = BigInt.asUintN(64, (word ^ (word >> 30n)) * 0xbf58476d1ce4e5b9n);
    word = BigInt.asUintN(64, (word ^ (word >> 27n)) * 0x94d049bb133111ebn);
    return word ^ (word >> 31n);
  });
}

const low32 = (word: bigint) => Number(BigInt.asUintN(32, word));

function rotateLeft(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
