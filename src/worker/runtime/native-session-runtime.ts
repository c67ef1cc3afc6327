/**
 * A graph run through onnxruntime's C API: the caches are read and written where they lie, and a run computes on a thread of libuv, so the
 * event loop goes on. One run at a time; disposing waits for it.
 */

import type { Gemma3Config } from '../gemma3-config.ts';
import { onnxTypes } from '../graph/onnx-model.ts';
import { AbortedRun, evenRows, type GraphSession, type GraphStep, type StepResult } from './graph-session.ts';
import type { KvCache } from './kv-cache.ts';
import {
  type OnnxLibrary,
  onnxLibrary,
  type Pointer,
  pointerArray,
  setPointer,
  textArray,
} from './onnx-library-runtime.ts';
import { rotationTables } from './rotation-table.ts';

export interface NativeSessionOptions {
  readonly graphFile: string;
  readonly config: Gemma3Config;
  readonly kv: KvCache;
  readonly contextTokensMax: number;
  readonly threads: number;
  readonly spins: boolean;
}

type Values = Float32Array | Int32Array | BigInt64Array;

/** Tensors of a batch of slots, and the arrays of arguments that have them in place already. */
interface Binding {
  readonly inputs: Pointer;
  readonly outputs: Pointer;
}

const stepInputs = ['inputs_embeds', 'rows', 'last_positions', 'longest'] as const;
const stepOutputs = ['logits', 'hidden'] as const;

/** @throws Error where the library cannot be had. */
export function loadNativeLibrary(): void {
  onnxLibrary();
}

/** @throws Error when the library or the graph cannot be loaded. */
export async function openNativeSession(options: NativeSessionOptions): Promise<GraphSession> {
  const library = onnxLibrary();
  const session = await createSession(library, options);
  return new NativeSession(library, session, options);
}

async function createSession(
  library: OnnxLibrary,
  { graphFile, threads, spins }: NativeSessionOptions,
): Promise<Pointer> {
  const sessionOptions = library.create('createSessionOptions');
  try {
    library.call('setIntraOpNumThreads', sessionOptions, threads);
    library.call(
      'addSessionConfigEntry',
      sessionOptions,
      'session.intra_op.allow_spinning',
      spins ? '1' : '0',
    );
    const out: Pointer[] = [null];
    await library.callAsync('createSession', library.env, graphFile, sessionOptions, out);
    return out[0] ?? null;
  } finally {
    library.release('releaseSessionOptions', sessionOptions);
  }
}

class NativeSession implements GraphSession {
  readonly #library: OnnxLibrary;
  readonly #session: Pointer;
  readonly #options: NativeSessionOptions;
  readonly #inputNames: Pointer;
  readonly #outputNames: Pointer;
  readonly #inputCount: number;
  readonly #outputCount: number;
  readonly #constants: readonly Pointer[];
  readonly #bindings = new Map<string, Binding>();
  /** Values to be released at the end, and the arrays that they point into, which must not be collected before. */
  readonly #values: Pointer[] = [];
  readonly #held: Values[] = [];
  #logits = new Float32Array(0);
  #hidden = new Float32Array(0);
  /** What a run knows by address alone: held here, or it might be collected meanwhile. */
  #inFlight: Readonly<Record<string, Values>> | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(library: OnnxLibrary, session: Pointer, options: NativeSessionOptions) {
    this.#library = library;
    this.#session = session;
    this.#options = options;
    const { config, contextTokensMax, kv } = options;
    const tables = rotationTables(config, contextTokensMax);
    const half = config.headDim / 2;
    this.#constants = tables.map(({ values }) => this.#keep(values, [contextTokensMax, half]));
    const caches = kv.tensors.map(({ name }) => name);
    const inputs = [
      ...stepInputs,
      ...tables.map(({ name }) => name),
      ...caches.map((name) => `past_${name}`),
    ];
    const outputs = [...stepOutputs, ...caches.map((name) => `present_${name}`)];
    this.#inputNames = textArray(inputs);
    this.#outputNames = textArray(outputs);
    this.#inputCount = inputs.length;
    this.#outputCount = outputs.length;
  }

  async run(step: GraphStep, signal?: AbortSignal): Promise<StepResult> {
    if (signal?.aborted === true) throw new AbortedRun();
    const { config } = this.#options;
    const { lengths, seq, embeddings } = step;
    const batch = lengths.length;
    const rows = evenRows(step.rows);
    this.#makeRoom(rows.length);
    const arrays = {
      embeddings,
      rows: filled(new BigInt64Array(new ArrayBuffer(8 * rows.length)), rows.map(BigInt)),
      lasts: filled(
        new Int32Array(new ArrayBuffer(4 * batch)),
        lengths.map((length) => length + seq - 1),
      ),
      longest: filled(new Int32Array(new ArrayBuffer(4)), [Math.max(...lengths) + seq]),
      logits: this.#logits.subarray(0, rows.length * config.vocabSize),
      hidden: this.#hidden.subarray(0, rows.length * config.hidden),
    };
    const values = [
      this.#tensor(arrays.embeddings, [batch, seq, config.hidden]),
      this.#tensor(arrays.rows, [rows.length]),
      this.#tensor(arrays.lasts, [batch]),
      this.#tensor(arrays.longest, [1]),
    ];
    const results = [
      this.#tensor(arrays.logits, [rows.length, config.vocabSize]),
      this.#tensor(arrays.hidden, [rows.length, config.hidden]),
    ];
    const binding = this.#binding(step.firstSlot, batch);
    for (const [index, value] of values.entries()) setPointer(binding.inputs, index, value);
    for (const [index, value] of results.entries()) setPointer(binding.outputs, index, value);
    this.#inFlight = arrays;
    try {
      await this.#track(this.#call(binding, signal));
    } finally {
      this.#inFlight = undefined;
      for (const value of [...values, ...results]) this.#library.release('releaseValue', value);
    }
    const { logits, hidden } = arrays;
    return {
      logits: logits.subarray(0, step.rows.length * config.vocabSize),
      hidden: hidden.subarray(0, step.rows.length * config.hidden),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running;
    if (this.#inFlight !== undefined) throw new TypeError('a run of the session has not ended');
    for (const value of this.#values.splice(0)) this.#library.release('releaseValue', value);
    this.#library.release('releaseSession', this.#session);
    this.#held.length = 0;
  }

  async #call({ inputs, outputs }: Binding, signal: AbortSignal | undefined): Promise<void> {
    const runOptions = signal === undefined ? null : this.#library.create('createRunOptions');
    let isOver = false;
    const terminate = () => {
      if (!isOver) this.#library.call('setTerminate', runOptions);
    };
    signal?.addEventListener('abort', terminate, { once: true });
    try {
      await this.#library.callAsync(
        'run',
        ...[this.#session, runOptions, this.#inputNames, inputs, this.#inputCount],
        ...[this.#outputNames, this.#outputCount, outputs],
      );
    } catch (cause) {
      if (signal?.aborted === true) throw new AbortedRun(undefined, { cause });
      throw cause;
    } finally {
      isOver = true;
      signal?.removeEventListener('abort', terminate);
      if (runOptions !== null) this.#library.release('releaseRunOptions', runOptions);
    }
  }

  #track(run: Promise<void>): Promise<void> {
    this.#running = run.catch(() => {});
    return run;
  }

  /** Logits of a whole chunk are for scoring: the room for them is made when they are first asked for. */
  #makeRoom(rows: number): void {
    const { vocabSize, hidden } = this.#options.config;
    if (this.#logits.length >= rows * vocabSize) return;
    this.#logits = new Float32Array(new ArrayBuffer(4 * rows * vocabSize));
    this.#hidden = new Float32Array(new ArrayBuffer(4 * rows * hidden));
  }

  #binding(first: number, count: number): Binding {
    const key = `${first}+${count}`;
    const known = this.#bindings.get(key);
    if (known !== undefined) return known;
    const { kv } = this.#options;
    const caches = kv.tensors.map((tensor) =>
      this.#keep(kv.view(tensor, { first, count }), kv.dims(tensor.kind, count)),
    );
    const binding = {
      inputs: pointerArray([...stepInputs.map(() => null), ...this.#constants, ...caches]),
      outputs: pointerArray([...stepOutputs.map(() => null), ...caches]),
    };
    this.#bindings.set(key, binding);
    return binding;
  }

  #keep(values: Values, dims: readonly number[]): Pointer {
    const value = this.#tensor(values, dims);
    this.#held.push(values);
    this.#values.push(value);
    return value;
  }

  #tensor(values: Values, dims: readonly number[]): Pointer {
    const type =
      values instanceof Float32Array
        ? onnxTypes.float32
        : values instanceof Int32Array
          ? onnxTypes.int32
          : onnxTypes.int64;
    const shape = BigInt64Array.from(dims.map(BigInt));
    return this.#library.create(
      'createTensor',
      ...[this.#library.memoryInfo, values, values.byteLength, shape, dims.length, type],
    );
  }
}

function filled<T extends Int32Array | BigInt64Array>(array: T, values: readonly (number | bigint)[]): T {
  for (const [index, value] of values.entries()) array[index] = value;
  return array;
}
