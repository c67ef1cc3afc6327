/**
 * The main thread's end of a portable runner: sequences and chunks are numbers here, and what they stand for lives in the thread. What
 * is wrong with a call is told before the thread sees it.
 */

import { isDrydockError } from '../../rpc/errors.ts';
import type { DecodeToken, KvChunk, PrefillOptions, Runner, Sequence } from '../runner.ts';
import { checkDecode, checkPrefill, runCancelled } from './run-checks.ts';
import type { ThreadLink } from './thread-link.ts';

const noLogits = new Float32Array(0);

export type RunnerSizes = Pick<
  Runner,
  'vocabSize' | 'contextTokensMax' | 'sequencesMax' | 'chunkTokens' | 'positionBytes'
>;

export class ThreadRunner implements Runner {
  readonly kind = 'portable';
  readonly vocabSize: number;
  readonly contextTokensMax: number;
  readonly sequencesMax: number;
  readonly chunkTokens: number;
  readonly positionBytes: number;
  readonly #link: ThreadLink;
  readonly #open = new Set<Sequence>();
  #sequences = 0;
  #isRunning = false;

  constructor(link: ThreadLink, sizes: RunnerSizes) {
    this.#link = link;
    this.vocabSize = sizes.vocabSize;
    this.contextTokensMax = sizes.contextTokensMax;
    this.sequencesMax = sizes.sequencesMax;
    this.chunkTokens = sizes.chunkTokens;
    this.positionBytes = sizes.positionBytes;
  }

  openSequence(): Sequence {
    if (this.#open.size >= this.sequencesMax) {
      throw new TypeError(`all ${this.sequencesMax} sequences of the runner are open`);
    }
    const id = this.#sequences++;
    this.#link.post({ kind: 'open', sequence: id });
    const sequence: ThreadSequence = new ThreadSequence({
      id,
      link: this.#link,
      chunkTokens: this.chunkTokens,
      exclusively: (call) => this.#exclusively(call),
      onClose: () => this.#open.delete(sequence),
    });
    this.#open.add(sequence);
    return sequence;
  }

  async prefill(
    of: Sequence,
    ids: readonly number[],
    { logits, signal }: PrefillOptions,
  ): Promise<Float32Array> {
    const sequence = this.#own(of);
    checkPrefill(sequence, ids, this);
    return await this.#run([sequence], async () => {
      signal?.throwIfAborted();
      const answer = await this.#link.ask({ kind: 'prefill', sequence: sequence.id, ids, logits });
      // The thread cannot stop in the middle, so what it has done is thrown away.
      signal?.throwIfAborted();
      sequence.length += ids.length;
      return answer;
    });
  }

  async decode(tokens: readonly DecodeToken[]): Promise<Float32Array> {
    if (tokens.length === 0) return noLogits;
    const batch = tokens.map(({ sequence }) => this.#own(sequence));
    checkDecode(tokens, this);
    const wired = batch.map(({ id: sequence }, index) => ({ sequence, id: tokens[index]?.id ?? 0 }));
    return await this.#run(batch, async () => {
      const answer = await this.#link.ask({ kind: 'decode', tokens: wired });
      for (const sequence of batch) sequence.length += 1;
      return answer;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#link.stop();
  }

  #run(batch: readonly ThreadSequence[], run: () => Promise<unknown>): Promise<Float32Array> {
    return this.#exclusively(async () => {
      try {
        const answer = await run();
        return answer instanceof Float32Array ? answer : noLogits;
      } catch (error) {
        const failure = isDrydockError(error) ? error : runCancelled(error);
        for (const sequence of batch) sequence.failure ??= failure;
        throw failure;
      }
    });
  }

  async #exclusively<T>(call: () => Promise<T>): Promise<T> {
    if (this.#isRunning) throw new TypeError('a runner takes one call at a time');
    this.#isRunning = true;
    try {
      return await call();
    } finally {
      this.#isRunning = false;
    }
  }

  #own(sequence: Sequence): ThreadSequence {
    if (!(sequence instanceof ThreadSequence) || !this.#open.has(sequence)) {
      throw new TypeError('the sequence is not an open one of this runner');
    }
    sequence.checkUsable();
    return sequence;
  }
}

interface ThreadSequenceOptions {
  readonly id: number;
  readonly link: ThreadLink;
  readonly chunkTokens: number;
  /** One call at a time: a copy that overtook a run would be of another chunk. */
  readonly exclusively: <T>(call: () => Promise<T>) => Promise<T>;
  readonly onClose: () => void;
}

class ThreadSequence implements Sequence {
  readonly id: number;
  length = 0;
  failure: unknown;
  readonly #options: ThreadSequenceOptions;
  #isOpen = true;

  constructor(options: ThreadSequenceOptions) {
    this.id = options.id;
    this.#options = options;
  }

  copyLastChunk(): Promise<KvChunk> {
    const { link, chunkTokens, exclusively } = this.#options;
    return exclusively(async () => {
      this.checkUsable();
      const start = this.length - chunkTokens;
      if (start < 0 || start % chunkTokens !== 0) throw new TypeError('a chunk is copied at its end');
      const chunk = new ThreadChunk(link, start);
      const bytes = await link.ask({ kind: 'copy', sequence: this.id, chunk: chunk.id });
      chunk.bytes = typeof bytes === 'number' ? bytes : 0;
      return chunk;
    });
  }

  appendChunk(chunk: KvChunk): Promise<void> {
    const { link, chunkTokens, exclusively } = this.#options;
    return exclusively(async () => {
      this.checkUsable();
      if (!(chunk instanceof ThreadChunk) || chunk.link !== link) {
        throw new TypeError('the chunk is not of this runner');
      }
      if (chunk.isDisposed) throw new TypeError('the chunk is disposed');
      if (chunk.start !== this.length) {
        throw new TypeError(`the chunk begins at ${chunk.start}, not at ${this.length}`);
      }
      await link.ask({ kind: 'append', sequence: this.id, chunk: chunk.id });
      this.length += chunkTokens;
    });
  }

  checkUsable(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.failure ??= runCancelled();
    this.#options.link.post({ kind: 'close', sequence: this.id });
    this.#options.onClose();
  }
}

class ThreadChunk implements KvChunk {
  readonly id: number;
  readonly start: number;
  readonly link: ThreadLink;
  bytes = 0;
  isDisposed = false;

  constructor(link: ThreadLink, start: number) {
    this.link = link;
    this.id = link.nextChunk();
    this.start = start;
  }

  [Symbol.dispose](): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this.link.post({ kind: 'forget', chunk: this.id });
  }
}
