/**
 * Who serves which function id. As in iii, an id has one owner and no successor: when the owner goes, the id goes,
 * though another connection registered it before. Nothing protects the engine's own functions from being claimed.
 */
import type { EngineMode } from './mode.ts';
import type { Peer } from './peer.ts';

export interface BuiltinCall {
  /** undefined: the engine itself calls. */
  readonly caller: Peer | undefined;
}

export interface BuiltinFunction {
  readonly kind: 'builtin';
  readonly id: string;
  readonly description: string;
  /** The part of the engine that the real one lists it under. */
  readonly part: string;
  readonly metadata?: unknown;
  /** @throws BuiltinError */
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
  readonly responseFormat: unknown;
}

export type EngineFunction = BuiltinFunction | WorkerFunction;

/** More than any worker registers; beyond it registrations of a connection are dropped. */
export const functionsPerPeerMax = 4096;

export class FunctionTable {
  readonly #functions = new Map<string, EngineFunction>();
  readonly #countByOwner = new Map<Peer, number>();
  readonly #mode: EngineMode;

  constructor(mode: EngineMode) {
    this.#mode = mode;
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

  /** Of workers. */
  get size(): number {
    let size = 0;
    for (const count of this.#countByOwner.values()) size += count;
    return size;
  }

  addBuiltin(builtin: BuiltinFunction): void {
    this.#functions.set(builtin.id, builtin);
  }

  /**
   * 0.22 lets the last registration of an id win, 0.23 the first.
   * @returns the owner that keeps the id, where the claim is refused.
   */
  claim(claimed: WorkerFunction): Peer | undefined {
    const held = this.#functions.get(claimed.id);
    if (held?.kind === 'worker') {
      if (held.owner !== claimed.owner && this.#mode === '0.23') return held.owner;
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
    if (this.countOf(owner) === 0) return;
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
