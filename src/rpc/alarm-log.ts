/**
 * Alarms as log lines: each one at once, and from then on once a minute how often it came. Whoever is refused tries again without
 * end, and one line for each would fill the disk. What is noted must hold no secret; words and addresses alone belong here.
 */
import type { RpcLogger } from './inference.ts';

export interface Alarm {
  /** A word; what is equal in it and in all fields is one alarm. */
  readonly alarm: string;
  readonly [field: string]: string;
}

const summaryEveryMs = 60_000;
/** The one that was first is forgotten first. */
const alarmsMax = 512;

export class AlarmLog {
  readonly #logger: RpcLogger;
  readonly #now: () => number;
  readonly #known = new Map<string, { toldAtMs: number; untold: number }>();

  constructor({ logger, now }: { readonly logger: RpcLogger; readonly now: () => number }) {
    this.#logger = logger;
    this.#now = now;
  }

  note(alarm: Alarm, text: string): void {
    const key = JSON.stringify(alarm);
    const known = this.#known.get(key) ?? { toldAtMs: Number.NEGATIVE_INFINITY, untold: 0 };
    known.untold += 1;
    if (this.#now() - known.toldAtMs >= summaryEveryMs) {
      this.#logger.warn({ event: 'alarm', ...alarm, times: known.untold }, text);
      known.toldAtMs = this.#now();
      known.untold = 0;
    }
    if (!this.#known.has(key)) this.#forgetFirst();
    this.#known.set(key, known);
  }

  #forgetFirst(): void {
    const [first] = this.#known.keys();
    if (this.#known.size >= alarmsMax && first !== undefined) this.#known.delete(first);
  }
}
