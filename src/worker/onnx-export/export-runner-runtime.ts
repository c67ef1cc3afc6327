/**
 * A runner over a public export's graph. Such a graph takes the whole past of a sequence and gives it back longer, so every step copies
 * it; sequences run one after the other, for these graphs know no batch of different lengths that keeps each one's bits. It blocks
 * its thread while it computes.
 */

import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Gemma3Config } from '../gemma3-config.ts';
import type { DecodeToken, KvChunk, PrefillOptions, Runner, Sequence } from '../runner.ts';
import { reasonOf } from '../runtime/reason-of.ts';
import { checkDecode, checkPrefill, runCancelled, runFailed } from '../runtime/run-checks.ts';
import { type ExportInterface, ForeignExport, readExportInterface } from './export-interface.ts';
import { appendRows, type CacheRows, copyRows, emptyCache, exportPositionBytes } from './export-rows.ts';
import { logitsOf, stepFeeds } from './export-step.ts';

/** Plain data: it goes to a runner's thread as it is. */
export interface ExportSettings {
  readonly exportedGraph: string;
  readonly config: Gemma3Config;
  readonly contextTokensMax: number;
  readonly sequencesMax: number;
  readonly chunkTokens: number;
  readonly threads: number;
  readonly spins: boolean;
  readonly executionProvider: 'cpu' | 'cuda';
}

/** @throws Error when the graph cannot be loaded or run; ForeignExport when it is another kind of graph. */
export async function openExportRunner(settings: ExportSettings): Promise<Runner> {
  const session = await InferenceSession.create(settings.exportedGraph, {
    executionProviders: [settings.executionProvider],
    intraOpNumThreads: settings.threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    // Fatal alone: an error is thrown, and told by whoever asked.
    logSeverityLevel: 4,
    extra: { session: { intra_op: { allow_spinning: settings.spins ? '1' : '0' } } },
  });
  try {
    const graph = readExportInterface(session.inputMetadata, session.outputMetadata, settings.config);
    const runner = new ExportRunner(session, graph, settings);
    await runner.checkMemory();
    return runner;
  } catch (error) {
    await session.release();
    throw error;
  }
}

class ExportRunner implements Runner {
  readonly kind = 'portable';
  readonly vocabSize: number;
  readonly contextTokensMax: number;
  readonly sequencesMax: number;
  readonly chunkTokens: number;
  readonly positionBytes: number;
  readonly #session: InferenceSession;
  readonly #graph: ExportInterface;
  readonly #settings: ExportSettings;
  readonly #open = new Set<Sequence>();

  constructor(session: InferenceSession, graph: ExportInterface, settings: ExportSettings) {
    this.#session = session;
    this.#graph = graph;
    this.#settings = settings;
    this.vocabSize = settings.config.vocabSize;
    this.contextTokensMax = settings.contextTokensMax;
    this.sequencesMax = settings.sequencesMax;
    this.chunkTokens = settings.chunkTokens;
    this.positionBytes = exportPositionBytes(settings.config);
  }

  /**
   * Runs a token after a past that fills the window: what such a graph forgets, it forgets by then, and no shape of it says so. No
   * answer of anybody's has to find it out.
   *
   * @throws ForeignExport
   */
  async checkMemory(): Promise<void> {
    const { config, contextTokensMax } = this.#settings;
    const length = Math.min(config.window, contextTokensMax - 1);
    const caches = this.#graph.caches.map(({ type }) => emptyCache(type, { ...config, length }));
    await this.#step({ caches, length }, [0], 'none');
  }

  openSequence(): Sequence {
    if (this.#open.size >= this.sequencesMax) {
      throw new TypeError(`all ${this.sequencesMax} sequences of the runner are open`);
    }
    const sequence: ExportSequence = new ExportSequence({
      caches: this.#graph.caches.map(({ type }) => emptyCache(type, { ...this.#settings.config, length: 0 })),
      chunkTokens: this.chunkTokens,
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
    if (signal?.aborted === true) throw runCancelled();
    return await this.#run(sequence, ids, logits);
  }

  async decode(tokens: readonly DecodeToken[]): Promise<Float32Array> {
    const batch = tokens.map(({ sequence }) => this.#own(sequence));
    checkDecode(tokens, this);
    const rows = new Float32Array(tokens.length * this.vocabSize);
    try {
      for (const [row, sequence] of batch.entries()) {
        rows.set(await this.#run(sequence, [tokens[row]?.id ?? 0], 'last'), row * this.vocabSize);
      }
    } catch (error) {
      // Some are a token further than the others, and nobody was told.
      for (const sequence of batch) sequence.failure ??= error;
      throw error;
    }
    return rows;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.release();
  }

  async #run(
    sequence: ExportSequence,
    ids: readonly number[],
    logits: PrefillOptions['logits'],
  ): Promise<Float32Array> {
    try {
      const { length, caches, tensor } = await this.#step(sequence, ids, logits);
      sequence.caches = caches;
      sequence.length = length;
      return logits === 'none' ? new Float32Array(0) : logitsOf(tensor, { ids, logits, of: this });
    } catch (cause) {
      const failure = runFailed(reasonOf(cause), cause);
      sequence.failure = failure;
      throw failure;
    }
  }

  async #step(
    past: Pick<ExportSequence, 'caches' | 'length'>,
    ids: readonly number[],
    logits: PrefillOptions['logits'],
  ) {
    const { caches } = this.#graph;
    const feeds = stepFeeds(this.#graph, { ids, length: past.length, logits });
    for (const [index, cache] of caches.entries()) feeds[cache.past] = tensorOf(past.caches[index]);
    const wanted = [...caches.map(({ present }) => present), ...(logits === 'none' ? [] : ['logits'])];
    const results = await this.#session.run(feeds, wanted);
    const length = past.length + ids.length;
    return {
      length,
      caches: caches.map(({ present }) => cacheOf(results[present], { present, length })),
      tensor: results.logits,
    };
  }

  #own(sequence: Sequence): ExportSequence {
    if (!(sequence instanceof ExportSequence) || !this.#open.has(sequence)) {
      throw new TypeError('the sequence is not an open one of this runner');
    }
    if (sequence.failure !== undefined) throw sequence.failure;
    return sequence;
  }
}

function tensorOf(cache: CacheRows | undefined): Tensor {
  if (cache === undefined) throw new TypeError('a sequence has as many caches as its graph');
  const { type, values, kvHeads, length, headDim } = cache;
  const tensor = new Tensor(type, values, [1, kvHeads, length, headDim]);
  // The package makes a Float16Array of the bits, which its native binding does not know: it counts no elements, and refuses the tensor.
  return type === 'float32' ? tensor : Object.defineProperty(tensor, 'data', { value: values });
}

/** A graph that keeps less than the whole past could not be given back what it forgot. */
function cacheOf(
  tensor: Tensor | undefined,
  { present, length }: { readonly present: string; readonly length: number },
): CacheRows {
  const [, kvHeads = 0, positions = 0, headDim = 0] = tensor?.dims ?? [];
  if (tensor === undefined || positions !== length) {
    throw new ForeignExport(`${present} holds ${positions} positions of ${length}`);
  }
  const { data } = tensor;
  if (data instanceof Float32Array) return { type: 'float32', values: data, kvHeads, length, headDim };
  if (!ArrayBuffer.isView(data)) throw new Error(`${present} is of ${tensor.type}`);
  const values = new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
  return { type: 'float16', values, kvHeads, length, headDim };
}

interface ExportSequenceOptions {
  readonly caches: readonly CacheRows[];
  readonly chunkTokens: number;
  readonly onClose: () => void;
}

class ExportSequence implements Sequence {
  length = 0;
  caches: readonly CacheRows[];
  failure: unknown;
  readonly #options: ExportSequenceOptions;

  constructor(options: ExportSequenceOptions) {
    this.#options = options;
    this.caches = options.caches;
  }

  async copyLastChunk(): Promise<KvChunk> {
    const { chunkTokens } = this.#options;
    if (this.failure !== undefined) throw this.failure;
    const start = this.length - chunkTokens;
    if (start < 0 || start % chunkTokens !== 0) throw new TypeError('a chunk is copied at its end');
    return new ExportChunk(start, copyRows(this.caches, { start, count: chunkTokens }));
  }

  async appendChunk(chunk: KvChunk): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    if (!(chunk instanceof ExportChunk)) throw new TypeError('the chunk is not of this runner');
    if (chunk.start !== this.length) {
      throw new TypeError(`the chunk begins at ${chunk.start}, not at ${this.length}`);
    }
    this.caches = appendRows(this.caches, chunk.rows);
    this.length += this.#options.chunkTokens;
  }

  [Symbol.dispose](): void {
    this.failure ??= runCancelled();
    this.caches = [];
    this.#options.onClose();
  }
}

class ExportChunk implements KvChunk {
  readonly start: number;
  readonly bytes: number;
  #rows: readonly CacheRows[] | undefined;

  constructor(start: number, rows: readonly CacheRows[]) {
    this.start = start;
    this.bytes = rows.reduce((sum, { values }) => sum + values.byteLength, 0);
    this.#rows = rows;
  }

  /** @throws TypeError once it is disposed. */
  get rows(): readonly CacheRows[] {
    if (this.#rows === undefined) throw new TypeError('the chunk is disposed');
    return this.#rows;
  }

  [Symbol.dispose](): void {
    this.#rows = undefined;
  }
}
