/**
 * A pushdown automaton over bytes, under construction and finished. A rule is a start state; a state may read a byte, go on
 * without reading, or call a rule and go on at another state when that rule ends. It may be nondeterministic.
 */

import { schemaInvalid } from './schema-error.ts';

export interface Edge {
  readonly low: number;
  /** Inclusive. */
  readonly high: number;
  readonly to: number;
}

export interface Call {
  /** Start state of the rule. */
  readonly rule: number;
  /** State that follows the rule's end. */
  readonly next: number;
}

export interface State {
  readonly edges: Edge[];
  readonly epsilons: number[];
  readonly calls: Call[];
  /** The rule may end here. */
  isFinal: boolean;
  /** Another state from which the same tokens lead out of the rule at the same bytes, so that what is known of one serves both. */
  alias: number | undefined;
}

export interface Automaton {
  readonly states: readonly State[];
  readonly start: number;
}

/** More than any schema of the size that we take needs, and little enough to build in a moment. */
const statesMax = 50_000;

export class AutomatonBuilder {
  readonly states: State[] = [];
  readonly #statesMax: number;

  constructor(limit = statesMax) {
    this.#statesMax = limit;
  }

  /** @throws DrydockError WORKER_SCHEMA_INVALID when the schema needs too many. */
  addState(): number {
    if (this.states.length === this.#statesMax)
      throw schemaInvalid('it is too large', 'use a smaller schema');
    return this.states.push({ edges: [], epsilons: [], calls: [], isFinal: false, alias: undefined }) - 1;
  }

  addEdge(from: number, edge: Edge): void {
    this.at(from).edges.push(edge);
  }

  addEpsilon(from: number, to: number): void {
    this.at(from).epsilons.push(to);
  }

  addCall(from: number, call: Call): void {
    this.at(from).calls.push(call);
  }

  /** Reads exactly these bytes. */
  addBytes(from: number, path: { readonly bytes: Uint8Array; readonly to: number }): void {
    let at = from;
    for (const [index, byte] of path.bytes.entries()) {
      const next = index === path.bytes.length - 1 ? path.to : this.addState();
      this.addEdge(at, { low: byte, high: byte, to: next });
      at = next;
    }
  }

  addText(from: number, path: { readonly text: string; readonly to: number }): void {
    this.addBytes(from, { bytes: new TextEncoder().encode(path.text), to: path.to });
  }

  /** A rule's two ends; the second is final. */
  addRule(): { readonly start: number; readonly end: number } {
    const rule = { start: this.addState(), end: this.addState() };
    this.at(rule.end).isFinal = true;
    return rule;
  }

  /** Takes over all states of another automaton. @returns where it starts, as a rule. */
  append({ states, start }: Automaton): number {
    const base = this.states.length;
    for (const { edges, epsilons, calls, isFinal, alias } of states) {
      const state = this.at(this.addState());
      state.edges.push(...edges.map((edge) => ({ ...edge, to: edge.to + base })));
      state.epsilons.push(...epsilons.map((to) => to + base));
      state.calls.push(...calls.map(({ rule, next }) => ({ rule: rule + base, next: next + base })));
      state.isFinal = isFinal;
      state.alias = alias === undefined ? undefined : alias + base;
    }
    return start + base;
  }

  at(state: number): State {
    const found = this.states[state];
    if (found === undefined) throw new RangeError(`the automaton has no state ${state}`);
    return found;
  }
}
