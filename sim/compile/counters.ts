/**
 * Hands out short counter ids: nft comments hold 128 bytes, Terraform addresses may be longer. An id follows from its namespace
 * and its place there, so that a namespace whose rules stay keeps its text to the byte.
 */
import type { Direction } from '../vpc/model.ts';
import type { CounterMeaning } from './compiled-fabric.ts';
import { digest } from './names.ts';

export interface Counters {
  /** The nft statement that counts, with the id as comment to be appended: `counter <verdict> comment "<id>"`. */
  readonly statement: (meaning: CounterMeaning, nftVerdict: string) => string;
  /** The same for what AWS's flow logs call REJECT: the packet's head goes to whoever listens, with the id. */
  readonly refusal: (meaning: CounterMeaning) => string;
  readonly meanings: () => Readonly<Record<string, CounterMeaning>>;
}

/** Of netfilter's log groups, by direction. Without a listener a packet costs nothing but the look whether there is one. */
export const refusalLogGroups: Readonly<Record<Direction, number>> = { ingress: 1, egress: 2 };
/** Of a refused packet that connection tracking has counted with its connection. No route table has the number. */
export const countedMark = 1;
/** Bytes: the header of either family, and the ports. */
const loggedBytes = 64;

export function startCounters(): Counters {
  const meanings: Record<string, CounterMeaning> = {};
  const numbers = new Map<string, { readonly prefix: string; next: number }>();
  const idOf = (meaning: CounterMeaning) => {
    const { namespace } = meaning;
    const known = numbers.get(namespace) ?? { prefix: `c${digest(namespace)}`, next: 0 };
    numbers.set(namespace, known);
    const id = `${known.prefix}_${known.next++}`;
    meanings[id] = meaning;
    return id;
  };
  return {
    statement: (meaning, nftVerdict) => `counter ${nftVerdict} comment "${idOf(meaning)}"`,
    refusal(meaning) {
      const id = idOf(meaning);
      return `counter log prefix "${id}" group ${refusalLogGroups[meaning.direction]} snaplen ${loggedBytes} drop comment "${id}"`;
    },
    meanings: () => meanings,
  };
}
