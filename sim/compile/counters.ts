/** Hands out short counter ids: nft comments hold 128 bytes, Terraform addresses may be longer. */
import type { CounterMeaning } from './compiled-fabric.ts';

export interface Counters {
  /** The nft statement that counts, with the id as comment to be appended: `counter <verdict> comment "<id>"`. */
  readonly statement: (meaning: CounterMeaning, nftVerdict: string) => string;
  readonly meanings: () => Readonly<Record<string, CounterMeaning>>;
}

export function startCounters(): Counters {
  const meanings: Record<string, CounterMeaning> = {};
  let next = 0;
  return {
    statement(meaning, nftVerdict) {
      const id = `c${next++}`;
      meanings[id] = meaning;
      return `counter ${nftVerdict} comment "${id}"`;
    },
    meanings: () => meanings,
  };
}
