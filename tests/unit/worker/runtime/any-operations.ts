/**
 * A runner under operations in any order, beside the plainest model of it: a list of what was done to each sequence. What each sequence
 * gave must be, bit for bit, what it gives when all of that is done to it alone.
 */

import fc from 'fast-check';
import type { KvChunk, Runner, Sequence } from '../../../../src/worker/runner.ts';
import { differingBits, rowsOf } from '../references.ts';

interface Operation {
  readonly what: 'open' | 'prefill' | 'decode' | 'copy' | 'restore' | 'close';
  /** Chooses among what there is, and is an amount. */
  readonly a: number;
  readonly b: number;
}

type Call =
  | { readonly kind: 'prefill'; readonly ids: readonly number[] }
  | { readonly kind: 'decode'; readonly id: number };

/** A sequence, all that was done to it, and the rows that it gave since it began; a restored one began with chunks. */
interface Life {
  readonly sequence: Sequence;
  readonly calls: Call[];
  readonly rows: Float32Array[];
  /** Copies of its chunks so far, as long as none is missing. */
  readonly chunks: KvChunk[];
  /** Calls that its chunks had taken when it began. */
  readonly restoredCalls: number;
}

interface Saved {
  readonly chunks: readonly KvChunk[];
  readonly calls: readonly Call[];
}

export const operations = fc.array(
  fc.record({
    what: fc.constantFrom<Operation['what'][]>(
      ...([
        'open',
        'prefill',
        'prefill',
        'prefill',
        'decode',
        'decode',
        'decode',
        'copy',
        'restore',
        'close',
      ] as const),
    ),
    a: fc.nat(1_000_000),
    b: fc.nat(1_000_000),
  }),
  { minLength: 20, maxLength: 60 },
);

/**
 * @param alone a runner of the same shape that runs one sequence at a time.
 * @returns the first difference found; undefined where there is none.
 */
export async function firstDifference(
  runner: Runner,
  { alone, list }: { readonly alone: Runner; readonly list: readonly Operation[] },
): Promise<string | undefined> {
  using trial = new Trial(runner);
  for (const operation of list) await trial.perform(operation);
  for (const [index, life] of trial.lives.entries()) {
    const rows = (await replay(alone, life.calls)).slice(life.restoredCalls).flat();
    const difference = differingBits(life.rows, rows);
    if (difference !== undefined) return `sequence ${index}: ${difference}`;
  }
  return undefined;
}

async function replay(alone: Runner, calls: readonly Call[]): Promise<Float32Array[][]> {
  using sequence = alone.openSequence();
  const rows: Float32Array[][] = [];
  for (const call of calls) {
    const logits =
      call.kind === 'prefill'
        ? await alone.prefill(sequence, call.ids, { logits: 'all' })
        : await alone.decode([{ sequence, id: call.id }]);
    rows.push(rowsOf(logits));
  }
  return rows;
}

class Trial implements Disposable {
  readonly lives: Life[] = [];
  readonly #runner: Runner;
  readonly #open = new Set<Life>();
  readonly #saved: Saved[] = [];

  constructor(runner: Runner) {
    this.#runner = runner;
  }

  async perform({ what, a, b }: Operation): Promise<void> {
    const lives = [...this.#open];
    const life = lives[a % lives.length];
    if (what === 'open') this.#begin({ chunks: [], calls: [] });
    else if (what === 'restore') await this.#restore(a, b);
    else if (life === undefined) return;
    else if (what === 'prefill') await this.#prefill(life, b);
    else if (what === 'decode') await this.#decode(lives, { seed: a, first: b });
    else if (what === 'copy') await this.#copy(life);
    else this.#end(life);
  }

  #begin({ chunks, calls }: Saved): Life | undefined {
    if (this.#open.size === this.#runner.sequencesMax) return undefined;
    const sequence = this.#runner.openSequence();
    const restoredCalls = calls.length;
    const life = { sequence, calls: [...calls], rows: [], chunks: [...chunks], restoredCalls };
    this.lives.push(life);
    this.#open.add(life);
    return life;
  }

  async #prefill({ sequence, calls, rows }: Life, seed: number): Promise<void> {
    const { chunkTokens, contextTokensMax } = this.#runner;
    const left = Math.min(chunkTokens - (sequence.length % chunkTokens), contextTokensMax - sequence.length);
    if (left === 0) return;
    // Whole chunks are frequent, for only those can be copied in a row.
    const count = seed % 3 === 0 ? 1 + (seed % left) : left;
    const ids = Array.from({ length: count }, (_, i) => (seed + 7 * i) % 512);
    rows.push(...rowsOf(await this.#runner.prefill(sequence, ids, { logits: 'all' })));
    calls.push({ kind: 'prefill', ids });
  }

  /** Any of the sequences, in any order. */
  async #decode(lives: readonly Life[], { seed, first }: { readonly seed: number; readonly first: number }) {
    const wanted = lives
      .filter(
        ({ sequence }, index) =>
          ((seed >> index) & 1) === 1 && sequence.length < this.#runner.contextTokensMax,
      )
      .toSorted(
        (one, other) => ((one.sequence.length * 31 + first) % 7) - ((other.sequence.length * 31 + first) % 7),
      );
    const tokens = wanted.map(({ sequence }, index) => ({ sequence, id: (first + index) % 512 }));
    const rows = rowsOf(await this.#runner.decode(tokens));
    for (const [index, life] of wanted.entries()) {
      life.rows.push(...rows.slice(index, index + 1));
      life.calls.push({ kind: 'decode', id: tokens[index]?.id ?? 0 });
    }
  }

  async #copy({ sequence, chunks, calls }: Life): Promise<void> {
    const { chunkTokens } = this.#runner;
    if (sequence.length === 0 || sequence.length !== (chunks.length + 1) * chunkTokens) return;
    chunks.push(await sequence.copyLastChunk());
    this.#saved.push({ chunks: [...chunks], calls: [...calls] });
  }

  async #restore(a: number, b: number): Promise<void> {
    const saved = this.#saved[a % Math.max(1, this.#saved.length)];
    if (saved === undefined) return;
    const life = this.#begin(saved);
    for (const chunk of saved.chunks) await life?.sequence.appendChunk(chunk);
    if (life !== undefined) await this.#prefill(life, b);
  }

  #end(life: Life): void {
    life.sequence[Symbol.dispose]();
    this.#open.delete(life);
  }

  [Symbol.dispose](): void {
    for (const life of this.#open) this.#end(life);
    for (const { chunks } of this.#saved) for (const chunk of chunks) chunk[Symbol.dispose]();
  }
}
