/** One sequence of a runner whose work happens in a thread. It checks what it is given before the thread sees it. */

import { DrydockError } from '../../rpc/errors.ts';
import type { WorkerErrorCode } from '../errors.ts';
import type { FeedOptions, Sequence } from '../runner.ts';
import type { ThreadLink } from './thread-link.ts';

export interface ThreadSequenceOptions {
  readonly id: number;
  readonly vocabSize: number;
  readonly contextTokensMax: number;
}

/** An array larger than this is asked for by mistake: logits of all positions are for tests and scoring. */
const logitsBytesMax = 2 ** 31;

export class ThreadSequence implements Sequence {
  readonly #link: ThreadLink;
  readonly #options: ThreadSequenceOptions;
  #length = 0;
  #isFeeding = false;
  #failure: unknown;

  constructor(link: ThreadLink, options: ThreadSequenceOptions) {
    this.#link = link;
    this.#options = options;
  }

  get length(): number {
    return this.#length;
  }

  async feed(ids: readonly number[], options: FeedOptions): Promise<Float32Array> {
    if (this.#isFeeding) throw new TypeError('a sequence takes one feed at a time');
    if (this.#failure !== undefined) throw this.#failure;
    this.#check(ids, options);
    this.#isFeeding = true;
    try {
      const logits = await this.#link.feed(this.#options.id, Int32Array.from(ids), options);
      this.#length += ids.length;
      return logits;
    } catch (error) {
      // Part of the input may have been taken in, so what the sequence holds is unknown.
      this.#failure = error;
      throw error;
    } finally {
      this.#isFeeding = false;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#failure ??= new TypeError('the sequence is disposed');
    this.#link.close(this.#options.id);
    return Promise.resolve();
  }

  #check(ids: readonly number[], { logits }: FeedOptions): void {
    const { vocabSize, contextTokensMax } = this.#options;
    if (ids.length === 0) throw new TypeError('a feed needs at least one token');
    const wrong = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabSize);
    if (wrong !== undefined) throw new TypeError(`${wrong} is no token id of this model`);
    if (this.#length + ids.length > contextTokensMax) {
      throw new DrydockError<WorkerErrorCode>(
        'WORKER_CONTEXT_EXCEEDED',
        `could not append ${ids.length} tokens: the context holds ${contextTokensMax} and has ${this.#length}; send a shorter prompt`,
        { details: { contextTokensMax, length: this.#length, added: ids.length } },
      );
    }
    if (logits === 'all' && ids.length * vocabSize * 4 > logitsBytesMax) {
      throw new TypeError(`logits of ${ids.length} positions are too many at once`);
    }
  }
}
