/**
 * A bounded queue that is fair between callers: urgent entries first, then by priority, and within one priority the
 * callers take turns, each in the order of its coming. When it is full, a caller that has more than another gives way. Pure.
 */

export interface QueueEntry<Item> {
  readonly item: Item;
  /** Whoever shares the turn. */
  readonly caller: string;
  readonly priority: number;
  /** Its answer has begun: it comes before all others, and is never the one that gives way. */
  readonly isUrgent: boolean;
}

export class FairQueue<Item> {
  readonly #lengthMax: number;
  /** In the order of their coming. */
  readonly #entries: QueueEntry<Item>[] = [];
  /** Callers that wait, whoever is next first. */
  readonly #turns: string[] = [];

  constructor(options: { readonly lengthMax: number }) {
    this.#lengthMax = options.lengthMax;
  }

  get length(): number {
    return this.#entries.length;
  }

  /** @returns who has to leave for it: nobody where there is room, the entry itself where it has no claim. */
  add(entry: QueueEntry<Item>): QueueEntry<Item> | undefined {
    let leaving: QueueEntry<Item> | undefined;
    if (this.#entries.length >= this.#lengthMax && !entry.isUrgent) {
      leaving = this.#surplus(entry);
      if (leaving === entry) return entry;
    }
    this.#entries.push(entry);
    if (!this.#turns.includes(entry.caller)) this.#turns.push(entry.caller);
    if (leaving !== undefined) this.remove(leaving);
    return leaving;
  }

  /** @returns whether it was there. Its caller keeps its turn. */
  remove(entry: QueueEntry<Item>): boolean {
    const index = this.#entries.indexOf(entry);
    if (index === -1) return false;
    this.#entries.splice(index, 1);
    if (!this.#entries.some(({ caller }) => caller === entry.caller)) this.#dropTurn(entry.caller);
    return true;
  }

  /** Takes the entry out, and its caller's next turn comes after those of all others. */
  serve(entry: QueueEntry<Item>): void {
    this.remove(entry);
    const isWaiting = this.#turns.includes(entry.caller);
    this.#dropTurn(entry.caller);
    if (isWaiting) this.#turns.push(entry.caller);
  }

  /** Everybody, in the order in which they are to be served. A copy. */
  inOrder(): readonly QueueEntry<Item>[] {
    const turnOf = new Map(this.#turns.map((caller, turn) => [caller, turn]));
    const rounds = new Map<string, number>();
    const placed = this.#entries.map((entry) => {
      const key = `${entry.isUrgent}/${entry.priority}/${entry.caller}`;
      const round = rounds.get(key) ?? 0;
      rounds.set(key, round + 1);
      return { entry, round, turn: turnOf.get(entry.caller) ?? 0 };
    });
    // The sort is stable: urgent ones stay in the order of their coming.
    return placed
      .sort((left, right) => {
        if (left.entry.isUrgent !== right.entry.isUrgent) return left.entry.isUrgent ? -1 : 1;
        if (left.entry.isUrgent) return 0;
        return (
          right.entry.priority - left.entry.priority || left.round - right.round || left.turn - right.turn
        );
      })
      .map(({ entry }) => entry);
  }

  /** The newest and least important entry of whoever has the most, if that is more than the newcomer would have. */
  #surplus(newcomer: QueueEntry<Item>): QueueEntry<Item> {
    const counts = new Map<string, number>();
    for (const { caller } of this.#entries) counts.set(caller, (counts.get(caller) ?? 0) + 1);
    const most = Math.max(...counts.values());
    if (most <= (counts.get(newcomer.caller) ?? 0) + 1) return newcomer;
    return this.#entries
      .filter(({ caller, isUrgent }) => counts.get(caller) === most && !isUrgent)
      .reduce((least, entry) => (entry.priority <= least.priority ? entry : least), newcomer);
  }

  #dropTurn(caller: string): void {
    const index = this.#turns.indexOf(caller);
    if (index !== -1) this.#turns.splice(index, 1);
  }
}
