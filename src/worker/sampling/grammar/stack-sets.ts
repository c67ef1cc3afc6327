/**
 * Where an automaton can be after some bytes: a set of stacks, shared as far as they are equal. A set maps each topmost state to
 * the set of what may lie under it, so that nested ambiguity adds up instead of multiplying. Equal sets are the same object
 * as long as the store is not cleared, and remember their steps, which makes it a deterministic automaton built on demand.
 */

import type { State } from './automaton.ts';

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
  readonly #known = new Map<string, StackSet>();
  #nextId = 0;
  /** Holds nothing: no way leads on. */
  readonly dead: StackSet;
  /** Holds the empty stack alone. */
  readonly done: StackSet;

  constructor(states: readonly State[]) {
    this.#states = states;
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

  /** Follows all that reads no byte. Rules that call themselves before a byte would never end; the compiler refuses them. */
  #close(seeds: readonly (readonly [number, StackSet])[], isDone: boolean): StackSet {
    const gathered: Gathered = new Map();
    const seen = new Map<number, Set<number>>();
    const waiting = [...seeds];
    let done = isDone;
    for (let pair = waiting.pop(); pair !== undefined; pair = waiting.pop()) {
      const [id, below] = pair;
      const belows = seen.get(id) ?? new Set();
      if (belows.has(below.id)) continue;
      seen.set(id, belows.add(below.id));
      const state = this.#states[id];
      if (state === undefined) continue;
      if (state.edges.length > 0) this.#gather(gathered, id, below);
      for (const to of state.epsilons) waiting.push([to, below]);
      for (const { rule, next } of state.calls) {
        waiting.push([rule, this.#intern(new Map([[next, below]]), false)]);
      }
      if (!state.isFinal) continue;
      done ||= below.isDone;
      for (const [at, to] of below.states.entries()) waiting.push([to, below.below[at] ?? this.dead]);
    }
    return this.#intern(gathered, done);
  }

  #gather(gathered: Gathered, state: number, below: StackSet): void {
    const other = gathered.get(state);
    gathered.set(state, other === undefined ? below : this.#unite(other, below));
  }

  #unite(a: StackSet, b: StackSet): StackSet {
    if (a.id === b.id) return a;
    const gathered: Gathered = new Map();
    for (const set of [a, b]) {
      for (const [at, state] of set.states.entries())
        this.#gather(gathered, state, set.below[at] ?? this.dead);
    }
    return this.#intern(gathered, a.isDone || b.isDone);
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
