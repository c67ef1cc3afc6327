/**
 * Who serves which function id. As in iii, an id has one owner and no successor: when the owner goes, the id goes,
 * though another connection registered it before. Nothing protects the engine's own functions from being claimed.
 */
import type { Peer } from './peer.ts';

export interface BuiltinCall {
  /** undefined: the engine itself calls. */
  readonly caller: Peer | undefined;
}

export interface BuiltinFunction {
  readonly kind: 'builtin';
  readonly id: string;
  readonly description: string;
  readonly run: (data: unknown, call: BuiltinCall) => unknown;
}

export interface WorkerFunction {
  readonly kind: 'worker';
  readonly id: string;
  /** The id that its owner knows it by. */
  readonly localId: string;
  readonly owner: Peer;
  readonly description: string | undefined;
  readonly metadata: unknown;
  readonly requestFormat: unknown;
}

export type EngineFunction = BuiltinFunction | WorkerFunction;

/** iii 0.22 lets the last registration of an id win; 0.23 the first. */
export type DuplicateIds = 'last-wins' | 'first-wins';

/** More than any worker registers; beyond it registrations of a connection are dropped. */
const functionsPerPeerMax = 4096;

export class FunctionTable {
  readonly #functions = new Map<string, EngineFunction>();
  readonly #countByOwner = new Map<Peer, number>();
  readonly #duplicateIds: DuplicateIds;

  constructor(duplicateIds: DuplicateIds) {
    this.#duplicateIds = duplicateIds;
  }

  get(id: string): EngineFunction | undefined {
    return this.#functions.get(id);
  }

  /** Sorted by id. */
  list(): readonly EngineFunction[] {
    return [...this.#functions.values()].sort((left, right) => (left.id < right.id ? -1 : 1));
  }

  countOf(owner: Peer): number {
    return this.#countByOwner.get(owner) ?? 0;
  }

  addBuiltin(builtin: BuiltinFunction): void {
    this.#functions.set(builtin.id, builtin);
  }

  /** @returns the owner that keeps the id, where the claim is refused. */
  claim(claimed: WorkerFunction): Peer | undefined {
    const held = this.#functions.get(claimed.id);
    if (held?.kind === 'worker') {
      if (held.owner !== claimed.owner && this.#duplicateIds === 'first-wins') return held.owner;
      this.#remove(held);
    }
    if (this.countOf(claimed.owner) >= functionsPerPeerMax) return undefined;
    this.#functions.set(claimed.id, claimed);
    this.#countByOwner.set(claimed.owner, this.countOf(claimed.owner) + 1);
    return undefined;
  }

  /** Does nothing unless `owner` holds the id at this moment. */
  release(id: string, owner: Peer): void {
    const held = this.#functions.get(id);
    if (held?.kind === 'worker' && held.owner === owner) this.#remove(held);
  }

  releaseAll(owner: Peer): void {
    for (const held of this.#functions.values()) {
      if (held.kind === 'worker' && held.owner === owner) this.#remove(held);
    }
  }

  #remove(held: WorkerFunction): void {
    this.#functions.delete(held.id);
    const left = this.countOf(held.owner) - 1;
    if (left > 0) this.#countByOwner.set(held.owner, left);
    else this.#countByOwner.delete(held.owner);
  }
}
