/**
 * A runner over one graph session: it gives each sequence a slot of the cache, and keeps those that decode together side by side, for a
 * batch is a stretch of neighbouring slots. A sequence whose run failed or was cut off is unusable; others are not touched.
 */

import { type DrydockError, isDrydockError } from '../../rpc/errors.ts';
import type { DecodeToken, KvChunk, PrefillOptions, Runner, Sequence } from '../runner.ts';
import type { EmbeddingRows } from './embedding-rows.ts';
import { AbortedRun, type GraphSession, type GraphStep } from './graph-session.ts';
import type { KvCache } from './kv-cache.ts';
import { positionBytes } from './kv-layout.ts';
import { reasonOf } from './reason-of.ts';
import type { Rescore } from './rescore-shortlist.ts';
import { checkDecode, checkPrefill, runCancelled, runFailed } from './run-checks.ts';

export interface SlotRunnerOptions {
  readonly kind: Runner['kind'];
  readonly session: GraphSession;
  readonly kv: KvCache;
  readonly embeddings: EmbeddingRows;
  readonly vocabSize: number;
  readonly contextTokensMax: number;
  readonly sequencesMax: number;
  readonly chunkTokens: number;
  /** Absent: logits are the graph's own. */
  readonly rescore?: Rescore;
  /** Closed when the runner is. */
  readonly files: Disposable;
}

const noLogits = new Float32Array(0);

/**
 * MatMulNBits with blocks of 128 gives other last bits for odd than for even numbers of rows. So an even number of them decodes: where one is
 * missing it is that of the spare slot, which stands before all others, belongs to nobody and is always at its first position.
 */
const spareSlot = 0;
export const spareSlots = 1;

export class SlotRunner implements Runner {
  readonly kind: Runner['kind'];
  readonly vocabSize: number;
  readonly contextTokensMax: number;
  readonly sequencesMax: number;
  readonly chunkTokens: number;
  readonly positionBytes: number;
  readonly #options: SlotRunnerOptions;
  /** By slot. The spare one's is never there. */
  readonly #sequences: (SlotSequence | undefined)[];
  /** The call that is under way. */
  #running: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: SlotRunnerOptions) {
    this.#options = options;
    this.kind = options.kind;
    this.vocabSize = options.vocabSize;
    this.contextTokensMax = options.contextTokensMax;
    this.sequencesMax = options.sequencesMax;
    this.chunkTokens = options.chunkTokens;
    this.positionBytes = positionBytes(options.kv.layout);
    this.#sequences = Array.from({ length: spareSlots + options.sequencesMax }, () => undefined);
  }

  openSequence(): Sequence {
    const slot = this.#sequences.indexOf(undefined, spareSlots);
    if (slot === -1) throw new TypeError(`all ${this.sequencesMax} sequences of the runner are open`);
    const sequence = new SlotSequence({
      slot,
      kv: this.#options.kv,
      chunkTokens: this.chunkTokens,
      checkIdle: () => this.#checkIdle(),
      onClose: (closed) => {
        this.#sequences[closed.slot] = undefined;
      },
    });
    this.#sequences[slot] = sequence;
    return sequence;
  }

  async prefill(
    of: Sequence,
    ids: readonly number[],
    { logits, signal }: PrefillOptions,
  ): Promise<Float32Array> {
    this.#checkIdle();
    const sequence = this.#own(of);
    checkPrefill(sequence, ids, this);
    const last = ids.length - 1;
    const rows = logits === 'all' ? ids.map((_, row) => row) : logits === 'last' ? [last] : [];
    const { slot: firstSlot, length } = sequence;
    return await this.#run([sequence], {
      ...{ ids, seq: ids.length, firstSlot, rows, signal },
      lengths: [length],
    });
  }

  async decode(tokens: readonly DecodeToken[]): Promise<Float32Array> {
    if (tokens.length === 0) return noLogits;
    // Before any slot is moved: a run that is under way reads and writes them.
    this.#checkIdle();
    const wanted = tokens.map(({ sequence }) => this.#own(sequence));
    checkDecode(tokens, this);
    this.#bringForward(wanted);
    const batch = wanted.toSorted((a, b) => a.slot - b.slot);
    const idOf = new Map(tokens.map(({ sequence, id }) => [sequence, id]));
    const ids = batch.map((sequence) => idOf.get(sequence) ?? 0);
    const lengths = batch.map(({ length }) => length);
    const isOdd = batch.length % 2 === 1;
    const firstSlot = isOdd ? spareSlot : spareSlots;
    return await this.#run(batch, {
      ids: isOdd ? [0, ...ids] : ids,
      lengths: isOdd ? [0, ...lengths] : lengths,
      seq: 1,
      firstSlot,
      rows: wanted.map(({ slot }) => slot - firstSlot),
    });
  }

  /** After the call that runs; what comes later is cancelled. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    using _files = this.#options.files;
    await this.#running;
    await this.#options.session[Symbol.asyncDispose]();
  }

  #checkIdle(): void {
    if (this.#closing !== undefined) throw runCancelled();
    if (this.#running !== undefined) throw new TypeError('a runner takes one call at a time');
  }

  async #run(
    batch: readonly SlotSequence[],
    step: Omit<GraphStep, 'embeddings'> & {
      readonly ids: readonly number[];
      readonly signal?: AbortSignal | undefined;
    },
  ): Promise<Float32Array> {
    const { ids, lengths, seq, firstSlot, rows, signal } = step;
    const { session, embeddings, rescore } = this.#options;
    const ended = Promise.withResolvers<void>();
    this.#running = ended.promise;
    try {
      const read = embeddings.read(ids);
      const result = await session.run({ firstSlot, lengths, seq, embeddings: read, rows }, signal);
      rescore?.(result);
      for (const sequence of batch) sequence.length += seq;
      return result.logits;
    } catch (error) {
      const failure = asRunError(error);
      for (const sequence of batch) sequence.failure = failure;
      throw failure;
    } finally {
      this.#running = undefined;
      ended.resolve();
    }
  }

  /** Moves the sequences to the first slots after the spare one, and whoever stands there out of the way. */
  #bringForward(wanted: readonly SlotSequence[]): void {
    const { kv } = this.#options;
    const end = spareSlots + wanted.length;
    const late = wanted.filter(({ slot }) => slot >= end);
    const inBatch = new Set(wanted);
    for (let slot = spareSlots; slot < end && late.length > 0; slot++) {
      const there = this.#sequences[slot];
      if (there !== undefined && inBatch.has(there)) continue;
      const moved = late.pop();
      if (moved === undefined) return;
      const from = moved.slot;
      if (there === undefined) kv.move(from, slot, moved.length);
      else kv.swap(from, slot);
      this.#sequences[from] = there;
      this.#sequences[slot] = moved;
      moved.slot = slot;
      if (there !== undefined) there.slot = from;
    }
  }

  #own(sequence: Sequence): SlotSequence {
    if (!(sequence instanceof SlotSequence) || this.#sequences[sequence.slot] !== sequence) {
      throw new TypeError('the sequence is not an open one of this runner');
    }
    if (sequence.failure !== undefined) throw sequence.failure;
    return sequence;
  }
}

interface SlotSequenceOptions {
  readonly slot: number;
  readonly kv: KvCache;
  readonly chunkTokens: number;
  /** Throws while a run is under way: it may move rows of any slot that it was given, also of one that has a new owner since. */
  readonly checkIdle: () => void;
  readonly onClose: (closed: SlotSequence) => void;
}

class SlotSequence implements Sequence {
  slot: number;
  length = 0;
  failure: DrydockError | undefined;
  readonly #options: SlotSequenceOptions;
  #isOpen = true;

  constructor(options: SlotSequenceOptions) {
    this.slot = options.slot;
    this.#options = options;
  }

  async copyLastChunk(): Promise<KvChunk> {
    const { length, slot } = this;
    const { kv, chunkTokens: count } = this.#options;
    this.#checkUsable();
    if (length === 0 || length % count !== 0) throw new TypeError('a chunk is copied at its end');
    const start = length - count;
    return new RowsChunk(kv, { start, rows: kv.copyRows(slot, { start, count, length }) });
  }

  async appendChunk(chunk: KvChunk): Promise<void> {
    const { kv, chunkTokens: count } = this.#options;
    this.#checkUsable();
    if (!(chunk instanceof RowsChunk) || chunk.kv !== kv) {
      throw new TypeError('the chunk is not of this runner');
    }
    if (chunk.start !== this.length) {
      throw new TypeError(`the chunk begins at ${chunk.start}, not at ${this.length}`);
    }
    kv.appendRows(this.slot, chunk.rows, { length: this.length, count });
    this.length += count;
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.failure ??= runCancelled();
    this.#options.onClose(this);
  }

  #checkUsable(): void {
    this.#options.checkIdle();
    if (this.failure !== undefined) throw this.failure;
  }
}

class RowsChunk implements KvChunk {
  readonly kv: KvCache;
  readonly start: number;
  readonly bytes: number;
  #rows: Float32Array | undefined;

  constructor(kv: KvCache, { start, rows }: { readonly start: number; readonly rows: Float32Array }) {
    this.kv = kv;
    this.start = start;
    this.bytes = rows.byteLength;
    this.#rows = rows;
  }

  /** @throws TypeError once it is disposed. */
  get rows(): Float32Array {
    if (this.#rows === undefined) throw new TypeError('the chunk is disposed');
    return this.#rows;
  }

  [Symbol.dispose](): void {
    this.#rows = undefined;
  }
}

function asRunError(error: unknown): DrydockError {
  if (isDrydockError(error)) return error;
  return error instanceof AbortedRun ? runCancelled(error) : runFailed(reasonOf(error), error);
}
