/**
 * Where an automaton can be after some bytes: a set of stacks, shared as far as they are equal. A set maps each topmost state to
 * the set of what may lie under it, so that ambiguity adds up instead of multiplying, nested or not. Equal sets are the same object
 * as long as the store is not cleared, and remember their steps, which makes it a deterministic automaton built on demand.
 */

import type { State } from './automaton.ts';
import { closingOrder } from './closing-order.ts';
import { Reached } from './reached-states.ts';

export interface StackSet {
  readonly id: number;
  /** Topmost states, rising. */
  readonly states: readonly number[];
  /** What lies under each of them. */
  readonly below: readonly StackSet[];
  /** It holds the empty stack: all rules have ended. */
  readonly isDone: boolean;
  steps: (StackSet | undefined)[] | undefined;
}

/** Stacks while they are gathered: by topmost state, the sets that may lie under it. */
type Gathered = Map<number, StackSet>;

export class StackSets {
  readonly #states: readonly State[];
  readonly #ranks: Int32Array;
  readonly #known = new Map<string, StackSet>();
  /** Unions that one closing has made, by what they are of. */
  readonly #united = new Map<string, StackSet>();
  #nextId = 0;
  /** Holds nothing: no way leads on. */
  readonly dead: StackSet;
  /** Holds the empty stack alone. */
  readonly done: StackSet;

  constructor(states: readonly State[]) {
    this.#states = states;
    this.#ranks = closingOrder(states);
    this.dead = this.#intern(new Map(), false);
    this.done = this.#intern(new Map(), true);
  }

  /** Sets that the store remembers. */
  get size(): number {
    return this.#known.size;
  }

  /** Forgets all sets but those that somebody holds. Sets from before and after are no longer the same object when equal. */
  clear(): void {
    this.#known.clear();
  }

  /** A stack of this one state, which reads bytes, with `below` under it. */
  single(state: number, below: StackSet): StackSet {
    return this.#intern(new Map([[state, below]]), false);
  }

  /** All places that a rule which starts at this state can be before its first byte. */
  enter(state: number): StackSet {
    return this.#close([[state, this.done]], false);
  }

  /** Where the topmost rule's end leads, `below` being what lies under it. */
  leave(below: StackSet): StackSet {
    return this.#close(
      below.states.map((state, at) => [state, below.below[at] ?? this.dead]),
      below.isDone,
    );
  }

  step(set: StackSet, byte: number): StackSet {
    set.steps ??= new Array<StackSet | undefined>(256);
    const known = set.steps[byte];
    if (known !== undefined) return known;
    const reached: [number, StackSet][] = [];
    for (let at = 0; at < set.states.length; at++) {
      const below = set.below[at] ?? this.dead;
      for (const { low, high, to } of this.#states[set.states[at] ?? 0]?.edges ?? []) {
        if (byte >= low && byte <= high) reached.push([to, below]);
      }
    }
    const next = reached.length === 0 ? this.dead : this.#close(reached, false);
    set.steps[byte] = next;
    return next;
  }

  /**
   * Follows all that reads no byte. Each state is left once, when all that may lie under it is known: ways that part and meet again would
   * otherwise multiply. Rules that call themselves before a byte would never end; the compiler refuses them.
   */
  #close(seeds: readonly (readonly [number, StackSet])[], isDone: boolean): StackSet {
    const [only, ...others] = seeds;
    if (only !== undefined && others.length === 0 && this.#onlyReads(only[0])) {
      return this.#intern(new Map([only]), isDone);
    }
    const reached = new Reached(this.#ranks);
    const gathered: Gathered = new Map();
    let done = isDone;
    for (const [id, below] of seeds) reached.add(id, below);
    for (let id = reached.next(); id !== undefined; id = reached.next()) {
      const before = reached.left.get(id);
      const below = this.#unite([...(before === undefined ? [] : [before]), ...reached.take(id)]);
      if (below === before) continue;
      reached.left.set(id, below);
      const state = this.#states[id];
      if (state === undefined) continue;
      if (state.edges.length > 0) gathered.set(id, below);
      for (const to of state.epsilons) reached.add(to, below);
      for (const { rule, next } of state.calls) {
        reached.add(rule, this.#intern(new Map([[next, below]]), false));
      }
      if (!state.isFinal) continue;
      done ||= below.isDone;
      for (const [at, to] of below.states.entries()) reached.add(to, below.below[at] ?? this.dead);
    }
    this.#united.clear();
    return this.#intern(gathered, done);
  }

  #onlyReads(id: number): boolean {
    const state = this.#states[id];
    if (state === undefined || state.isFinal) return false;
    return state.edges.length > 0 && state.epsilons.length === 0 && state.calls.length === 0;
  }

  #unite(sets: readonly StackSet[]): StackSet {
    if (sets.length === 1 && sets[0] !== undefined) return sets[0];
    const different = [...new Map(sets.map((set) => [set.id, set])).values()];
    const [only, ...others] = different;
    if (only === undefined) return this.dead;
    if (others.length === 0) return only;
    const key = different.map(({ id }) => id).join();
    const known = this.#united.get(key);
    if (known !== undefined) return known;
    const belows = new Map<number, StackSet[]>();
    for (const { states, below } of different) {
      for (const [at, state] of states.entries()) {
        const under = below[at] ?? this.dead;
        const list = belows.get(state);
        if (list === undefined) belows.set(state, [under]);
        else list.push(under);
      }
    }
    const gathered: Gathered = new Map();
    for (const [state, list] of belows) gathered.set(state, this.#unite(list));
    const set = this.#intern(
      gathered,
      different.some(({ isDone }) => isDone),
    );
    this.#united.set(key, set);
    return set;
  }

  #intern(gathered: Gathered, isDone: boolean): StackSet {
    const states = [...gathered.keys()].sort((a, b) => a - b);
    const below = states.map((state) => gathered.get(state) ?? this.dead);
    const set: StackSet = { id: this.#nextId, states, below, isDone, steps: undefined };
    const key = keyOf(set);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#nextId++;
    this.#known.set(key, set);
    return set;
  }
}

function keyOf({ states, below, isDone }: StackSet): string {
  return `${isDone ? 1 : 0};${states.map((state, at) => `${state}:${below[at]?.id}`).join()}`;
}
