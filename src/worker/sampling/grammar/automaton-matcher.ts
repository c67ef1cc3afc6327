/** One answer's way through a grammar's automaton, token by token. What it remembers is bounded, however long the answer. */

import type { Vocabulary } from '../../vocabulary.ts';
import type { GrammarMatcher } from '../grammar-matcher.ts';
import { tokenBytes } from '../token-bytes.ts';
import type { Automaton } from './automaton.ts';
import { type StackSet, StackSets } from './stack-sets.ts';
import type { StateMasks } from './state-masks.ts';
import { TokenMask } from './token-mask.ts';
import type { VocabularyTrie } from './vocabulary-trie.ts';

export interface MatcherOptions {
  readonly vocabulary: Vocabulary;
  readonly trie: VocabularyTrie;
  readonly masks: StateMasks;
  readonly endTokenIds: ReadonlySet<number>;
}

/** A text's inside comes back to the same place with every token, so a few masks answer most of the time. */
const masksMax = 16;
const setsMax = 4_000;

export class AutomatonMatcher implements GrammarMatcher {
  readonly #options: MatcherOptions;
  readonly #sets: StackSets;
  readonly #masks = new Map<StackSet, TokenMask>();
  #place: StackSet;
  #hasEnded = false;

  constructor(automaton: Automaton, options: MatcherOptions) {
    this.#options = options;
    this.#sets = new StackSets(automaton.states);
    this.#place = this.#sets.enter(automaton.start);
  }

  get isComplete(): boolean {
    return this.#hasEnded || (this.#place.isDone && this.#place.states.length === 0);
  }

  mask(logits: Float32Array): void {
    const known = this.#masks.get(this.#place);
    const mask = known ?? this.#computeMask();
    // The place that was asked for last goes to the end; the one that waits longest leaves.
    this.#masks.delete(this.#place);
    this.#masks.set(this.#place, mask);
    if (this.#masks.size > masksMax) {
      const [oldest = this.#place] = this.#masks.keys();
      this.#masks.delete(oldest);
    }
    mask.apply(logits);
  }

  accept(id: number): boolean {
    if (this.#options.endTokenIds.has(id)) {
      if (!this.#place.isDone) return false;
      // A mask that was computed for this place may allow more than end tokens.
      this.#masks.clear();
      this.#hasEnded = true;
      return true;
    }
    if (this.#hasEnded) return false;
    const bytes = tokenBytes(this.#options.vocabulary, id);
    if (bytes.length === 0) return false;
    let place = this.#place;
    for (const byte of bytes) place = this.#sets.step(place, byte);
    if (place === this.#sets.dead) return false;
    this.#place = place;
    if (this.#sets.size > setsMax) this.#forget();
    return true;
  }

  #forget(): void {
    this.#sets.clear();
    this.#masks.clear();
    this.#place = { ...this.#place, steps: undefined };
  }

  #computeMask(): TokenMask {
    const { trie, masks, endTokenIds } = this.#options;
    const mask = new TokenMask(trie.vocabSize);
    if (this.#place.isDone) for (const id of endTokenIds) mask.add(id);
    if (this.#hasEnded) return mask;
    for (const [at, state] of this.#place.states.entries()) {
      const { allowed, exits } = masks.of(state);
      if (allowed instanceof TokenMask) mask.addAll(allowed);
      else for (const id of allowed) mask.add(id);
      const after = this.#sets.leave(this.#place.below[at] ?? this.#sets.dead);
      if (after.states.length > 0) for (const node of exits) this.#addSubtree(mask, node, after);
    }
    return mask;
  }

  /** Tokens that go on behind a node, the automaton being at `place` there. */
  #addSubtree(mask: TokenMask, root: number, place: StackSet): void {
    const { trie } = this.#options;
    const base = trie.depth[root] ?? 0;
    const path = [place];
    const last = trie.end[root] ?? 0;
    for (let node = root + 1; node < last; ) {
      const depth = (trie.depth[node] ?? 0) - base;
      const set = this.#sets.step(path[depth - 1] ?? this.#sets.dead, trie.byte[node] ?? 0);
      if (set === this.#sets.dead) {
        node = trie.end[node] ?? last;
        continue;
      }
      path[depth] = set;
      for (let id = trie.token[node] ?? -1; id !== -1; id = trie.twin[id] ?? -1) mask.add(id);
      node++;
    }
  }
}
