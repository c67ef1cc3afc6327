/**
 * What each state of an automaton lets through, whatever lies under it on the stack. Most tokens are decided here, once for a
 * grammar, by walking the vocabulary's trie; of a token that leads out of the state's rule only the place where it leaves is
 * kept, for what follows depends on the stack.
 */

import type { State } from './automaton.ts';
import { StackSets } from './stack-sets.ts';
import { TokenMask } from './token-mask.ts';
import type { VocabularyTrie } from './vocabulary-trie.ts';

export interface StateMask {
  /** Tokens that stay in the rule, or end with it. */
  readonly allowed: readonly number[] | TokenMask;
  /** Nodes of the trie at which the rule can end and longer tokens go on. */
  readonly exits: readonly number[];
}

/** 32 KiB each at 262,144 tokens; only those that allow many tokens count. */
const densesMax = 256;
const sparseTokensMax = 2048;
const setsMax = 20_000;

export class StateMasks {
  readonly #states: readonly State[];
  readonly #trie: VocabularyTrie;
  readonly #sets: StackSets;
  readonly #known = new Map<number, StateMask>();
  readonly #denses = new Set<number>();

  constructor(states: readonly State[], trie: VocabularyTrie) {
    this.#states = states;
    this.#trie = trie;
    this.#sets = new StackSets(states);
  }

  /** @param state one that reads bytes. */
  of(state: number): StateMask {
    const key = this.#states[state]?.alias ?? state;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#sets.size > setsMax) this.#sets.clear();
    const mask = this.#walk(key);
    this.#known.set(key, mask);
    if (mask.allowed instanceof TokenMask) this.#boundDenses(key);
    return mask;
  }

  /** The oldest goes first; it is walked again if it is asked for again. */
  #boundDenses(key: number): void {
    this.#denses.add(key);
    if (this.#denses.size <= densesMax) return;
    const [oldest = key] = this.#denses;
    this.#denses.delete(oldest);
    this.#known.delete(oldest);
  }

  #walk(state: number): StateMask {
    const trie = this.#trie;
    const sets = this.#sets;
    const path = [sets.single(state, sets.done)];
    const ids: number[] = [];
    const exits: number[] = [];
    for (let node = 1; node < trie.byte.length; ) {
      const depth = trie.depth[node] ?? 0;
      const set = sets.step(path[depth - 1] ?? sets.dead, trie.byte[node] ?? 0);
      const end = trie.end[node] ?? trie.byte.length;
      if (set === sets.dead) {
        node = end;
        continue;
      }
      path[depth] = set;
      for (let id = trie.token[node] ?? -1; id !== -1; id = trie.twin[id] ?? -1) ids.push(id);
      if (set.isDone && end > node + 1) exits.push(node);
      node++;
    }
    return { allowed: ids.length > sparseTokensMax ? toMask(ids, trie.vocabSize) : ids, exits };
  }
}

function toMask(ids: readonly number[], vocabSize: number): TokenMask {
  const mask = new TokenMask(vocabSize);
  for (const id of ids) mask.add(id);
  return mask;
}
