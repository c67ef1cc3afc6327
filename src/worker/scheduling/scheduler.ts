/**
 * Continuous batching over one runner: in each turn all answers get a token from one run, then one prompt gets a chunk, so a long prompt delays
 * a token by one chunk at most. What a job computes does not depend on the others. However a job ends, its sequence is given back.
 */

import { setImmediate } from 'node:timers/promises';
import { DrydockError, type RpcErrorCode } from '../../rpc/errors.ts';
import type { Runner, Sequence } from '../runner.ts';
import { runCancelled } from '../runtime/run-checks.ts';
import type { Job, JobStart } from './job.ts';
import type { PrefixCache, PrefixPlace } from './prefix-cache.ts';
import { WaitingQueue } from './waiting-queue.ts';

export interface SchedulerOptions {
  readonly runner: Runner;
  /** Absent: every prompt is computed whole. */
  readonly prefixCache?: PrefixCache | undefined;
  /**
   * Positions that all running jobs together may come to hold, prompts and answers. A job is let in only with all it may need. Default: as
   * many as the runner's sequences hold.
   */
  readonly positionsMax?: number;
  /** Jobs that may wait for a sequence. Default 1024. */
  readonly waitingMax?: number;
}

export interface SchedulerCounts {
  readonly running: number;
  readonly waiting: number;
  /** Positions that running jobs hold or may come to hold. */
  readonly reservedPositions: number;
  readonly decodeSteps: number;
  readonly decodedTokens: number;
  readonly prefilledTokens: number;
  /** Tokens of prompts that the prefix cache had. */
  readonly cachedTokens: number;
}

interface Entry {
  readonly job: Job;
  readonly priority: number;
  readonly positions: number;
  readonly onStart: (start: JobStart) => void;
  /** Wakes the loop on abort. */
  readonly onAbort: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Active {
  readonly entry: Entry;
  readonly sequence: Sequence;
  /** Where the prompt is in the prefix cache, while it runs. */
  place: PrefixPlace | undefined;
  isStarted: boolean;
  /** Tokens of the answer that were fed. */
  fed: number;
  /** What is fed next, once the prompt is. */
  nextId: number | undefined;
}

export class Scheduler implements AsyncDisposable {
  readonly #options: SchedulerOptions;
  readonly #waiting: WaitingQueue<Entry>;
  readonly #active = new Set<Active>();
  readonly #positionsMax: number;
  #reserved = 0;
  #loop: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  /** Somebody has called since the turn began: there may be something to do. */
  #isWoken = false;
  #isStopping = false;
  #decodeSteps = 0;
  #decodedTokens = 0;
  #prefilledTokens = 0;
  #cachedTokens = 0;

  constructor(options: SchedulerOptions) {
    const { runner } = options;
    this.#options = options;
    this.#waiting = new WaitingQueue(options.waitingMax ?? 1024);
    this.#positionsMax = Math.max(
      options.positionsMax ?? Number.POSITIVE_INFINITY,
      // Whatever the bound, one job alone must be able to run.
      runner.contextTokensMax,
    );
  }

  get counts(): SchedulerCounts {
    return {
      running: this.#active.size,
      waiting: this.#waiting.length,
      reservedPositions: this.#reserved,
      decodeSteps: this.#decodeSteps,
      decodedTokens: this.#decodedTokens,
      prefilledTokens: this.#prefilledTokens,
      cachedTokens: this.#cachedTokens,
    };
  }

  /**
   * Runs a job to its end: until it chooses nothing more or has its tokens.
   * @param onStart told when its prompt begins to run.
   * @throws DrydockError WORKER_CANCELLED on abort, within one run of the model; RPC_WORKER_BUSY when too many wait;
   *   WORKER_RUN_FAILED; whatever `choose` throws.
   */
  run(job: Job, onStart: (start: JobStart) => void = () => {}): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const positions = Math.min(job.promptIds.length + job.tokensMax, this.#options.runner.contextTokensMax);
    const onAbort = () => this.wake();
    const entry = { job, priority: job.priority, positions, onStart, onAbort, resolve, reject };
    if (this.#isStopping || job.signal.aborted) reject(runCancelled());
    else if (!this.#waiting.push(entry)) reject(busy(this.#waiting.length));
    else this.#start(entry);
    return promise;
  }

  /** To be called when a sated consumer wants more. */
  wake(): void {
    this.#isWoken = true;
    this.#wake?.();
  }

  /** Cancels what runs and waits. The runner stays the caller's. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    this.wake();
    await this.#loop;
  }

  #start({ job, onAbort }: Entry): void {
    job.signal.addEventListener('abort', onAbort, { once: true });
    this.wake();
    this.#loop ??= this.#run();
  }

  async #run(): Promise<void> {
    while (this.#active.size > 0 || this.#waiting.length > 0) {
      // What arrives only between turns of the event loop, aborts and new jobs, must get its chance.
      await setImmediate();
      this.#isWoken = false;
      this.#dropAborted();
      this.#admit();
      const hasDecoded = await this.#decode();
      const hasPrefilled = await this.#prefill();
      if (!hasDecoded && !hasPrefilled && this.#active.size > 0) await this.#untilWoken();
    }
    // In the same breath as the last look at the queue, or a job that comes in between would find a loop that has ended.
    this.#loop = undefined;
  }

  #dropAborted(): void {
    const isOver = ({ job }: Entry) => this.#isStopping || job.signal.aborted;
    for (const entry of this.#waiting.take(isOver)) settle(entry, { failure: runCancelled() });
    for (const active of this.#active) if (isOver(active.entry)) this.#end(active, runCancelled());
  }

  /** In order: a large job at the head waits for its room, and is not overtaken. */
  #admit(): void {
    const { runner } = this.#options;
    for (;;) {
      const entry = this.#waiting.first;
      if (entry === undefined || this.#active.size >= runner.sequencesMax) return;
      if (this.#reserved + entry.positions > this.#positionsMax) return;
      this.#waiting.shift();
      this.#reserved += entry.positions;
      this.#begin(entry);
    }
  }

  #begin(entry: Entry): void {
    try {
      const sequence = this.#options.runner.openSequence();
      this.#active.add({
        entry,
        sequence,
        place: undefined,
        isStarted: false,
        fed: 0,
        nextId: undefined,
      });
    } catch (error) {
      this.#reserved -= entry.positions;
      settle(entry, { failure: error });
    }
  }

  async #decode(): Promise<boolean> {
    const batch = [...this.#active].filter(
      ({ nextId, entry }) => nextId !== undefined && !entry.job.isSated(),
    );
    if (batch.length === 0) return false;
    const { runner } = this.#options;
    const tokens = batch.map(({ sequence, nextId }) => ({ sequence, id: nextId ?? 0 }));
    const logits = await runner.decode(tokens).catch((error: unknown) => {
      for (const active of batch) this.#end(active, error);
    });
    if (logits === undefined) return true;
    this.#decodeSteps += 1;
    this.#decodedTokens += batch.length;
    for (const [row, active] of batch.entries()) {
      active.fed += 1;
      this.#choose(active, logits.subarray(row * runner.vocabSize, (row + 1) * runner.vocabSize));
    }
    return true;
  }

  /** One chunk of the prompt that came first. */
  async #prefill(): Promise<boolean> {
    const { runner } = this.#options;
    const active = [...this.#active].find(({ nextId }) => nextId === undefined);
    if (active === undefined) return false;
    const { sequence, entry } = active;
    const { promptIds, signal } = entry.job;
    try {
      // What was at hand is enough for one turn: answers wait for their tokens.
      if (!active.isStarted && (await this.#restore(active)) > 0) return true;
      const from = sequence.length;
      const to = Math.min((Math.floor(from / runner.chunkTokens) + 1) * runner.chunkTokens, promptIds.length);
      const isLast = to === promptIds.length;
      const ids = promptIds.slice(from, to);
      const logits = await runner.prefill(sequence, ids, { logits: isLast ? 'last' : 'none', signal });
      this.#prefilledTokens += ids.length;
      // Chosen first: the logits hold until the next call alone.
      if (isLast) this.#choose(active, logits);
      if (to % runner.chunkTokens === 0 && this.#active.has(active))
        await active.place?.extend(sequence, ids);
      // An answer may take long, and needs none of it.
      if (isLast) active.place?.[Symbol.dispose]();
    } catch (error) {
      this.#end(active, error);
    }
    return true;
  }

  /** Only when its turn has come: prompts alike that wait side by side are computed once. @returns positions that were at hand. */
  async #restore(active: Active): Promise<number> {
    const { sequence, entry } = active;
    active.isStarted = true;
    active.place = await this.#options.prefixCache?.restore(sequence, entry.job.promptIds);
    this.#cachedTokens += sequence.length;
    entry.onStart({ cachedTokens: sequence.length });
    return sequence.length;
  }

  /** Takes what was answered elsewhere, and then what the job chooses. A full context ends the answer, whatever the job hoped for. */
  #choose(active: Active, logits: Float32Array): void {
    const { job } = active.entry;
    const { contextTokensMax, vocabSize } = this.#options.runner;
    if (job.signal.aborted) return;
    try {
      const isFull = active.fed >= job.tokensMax || active.sequence.length >= contextTokensMax;
      const id = isFull ? undefined : (job.answeredIds?.[active.fed] ?? job.choose(logits));
      // The runner refuses a whole batch for one wrong token in it.
      if (id !== undefined && !(Number.isInteger(id) && id >= 0 && id < vocabSize)) {
        throw new TypeError(`${id} is no token id of this model`);
      }
      if (id === undefined) this.#end(active);
      else active.nextId = id;
    } catch (error) {
      this.#end(active, error);
    }
  }

  #end(active: Active, ...failure: readonly [] | readonly [unknown]): void {
    if (!this.#active.delete(active)) return;
    const { entry, sequence, place } = active;
    place?.[Symbol.dispose]();
    sequence[Symbol.dispose]();
    this.#reserved -= entry.positions;
    settle(entry, failure.length === 0 ? undefined : { failure: failure[0] });
  }

  async #untilWoken(): Promise<void> {
    if (this.#isWoken) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
  }
}

function settle({ job, onAbort, resolve, reject }: Entry, ended?: { readonly failure: unknown }): void {
  job.signal.removeEventListener('abort', onAbort);
  if (ended === undefined) resolve();
  else reject(ended.failure);
}

function busy(waiting: number): DrydockError {
  return new DrydockError<RpcErrorCode>(
    'RPC_WORKER_BUSY',
    `could not start the answer: ${waiting} wait before it already; send it elsewhere or later`,
  );
}
