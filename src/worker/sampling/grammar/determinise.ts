/**
 * Subset construction: an automaton without calls becomes one in which a byte leads to one state. It is bounded, because some
 * short expressions need exponentially many states.
 */

import type { AutomatonBuilder, State } from './automaton.ts';
import { schemaUnsupported } from './schema-error.ts';

interface DeterminiseOptions {
  readonly states: readonly State[];
  readonly start: number;
  /** The state whose reaching means that the whole text has been read. */
  readonly end: number;
  readonly to: number;
}

const subsetsMax = 8_000;
/** Of looking at one edge: some tens of milliseconds. */
const workMax = 3_000_000;

/**
 * Adds to `builder` what reads the same texts from `from` to `to`.
 * @throws DrydockError WORKER_SCHEMA_UNSUPPORTED when it would be too large.
 */
export function addDeterminised(builder: AutomatonBuilder, from: number, options: DeterminiseOptions): void {
  new SubsetConstruction(builder, options).run(from);
}

interface Subset {
  readonly state: number;
  readonly members: readonly number[];
}

class SubsetConstruction {
  readonly #builder: AutomatonBuilder;
  readonly #options: DeterminiseOptions;
  readonly #known = new Map<string, Subset>();
  readonly #waiting: Subset[] = [];
  #work = 0;

  constructor(builder: AutomatonBuilder, options: DeterminiseOptions) {
    this.#builder = builder;
    this.#options = options;
  }

  run(from: number): void {
    this.#builder.addEpsilon(from, this.#subsetOf([this.#options.start]));
    for (let subset = this.#waiting.pop(); subset !== undefined; subset = this.#waiting.pop())
      this.#expand(subset);
  }

  #expand({ state, members }: Subset): void {
    const edges = members.flatMap((member) => this.#options.states[member]?.edges ?? []);
    const borders = [...new Set(edges.flatMap(({ low, high }) => [low, high + 1]))].sort((a, b) => a - b);
    this.#spend(edges.length * borders.length);
    for (const [at, low] of borders.entries()) {
      const high = (borders[at + 1] ?? 256) - 1;
      const targets = edges.filter((edge) => edge.low <= low && edge.high >= high).map(({ to }) => to);
      if (targets.length > 0) this.#builder.addEdge(state, { low, high, to: this.#subsetOf(targets) });
    }
  }

  #subsetOf(seeds: readonly number[]): number {
    const members = this.#close(seeds);
    const key = members.join();
    const known = this.#known.get(key);
    if (known !== undefined) return known.state;
    if (this.#known.size === subsetsMax) throw tooComplex();
    const subset = { state: this.#builder.addState(), members };
    this.#known.set(key, subset);
    this.#waiting.push(subset);
    if (members.includes(this.#options.end)) this.#builder.addEpsilon(subset.state, this.#options.to);
    return subset.state;
  }

  #close(seeds: readonly number[]): number[] {
    const members = new Set<number>();
    const waiting = [...seeds];
    for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
      if (members.has(state)) continue;
      members.add(state);
      waiting.push(...(this.#options.states[state]?.epsilons ?? []));
    }
    this.#spend(members.size);
    // What only leads on without reading is left out, or places that read the same would count as different.
    return [...members].filter((member) => this.#isTelling(member)).sort((a, b) => a - b);
  }

  #isTelling(member: number): boolean {
    return member === this.#options.end || (this.#options.states[member]?.edges.length ?? 0) > 0;
  }

  #spend(work: number): void {
    this.#work += work;
    if (this.#work > workMax) throw tooComplex();
  }
}

function tooComplex() {
  return schemaUnsupported('pattern as complex as this', 'use a simpler one');
}
