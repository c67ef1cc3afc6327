/**
 * The models of a worker, by name: loaded when a request wants them, given back when another wants their room. A model with running requests or
 * a pinned one stays. A model that cannot be loaded fails its own requests and nobody else's.
 */

import { DrydockError, isDrydockError, type RpcErrorCode } from '../../rpc/errors.ts';
import type { GenerateHandler, TokenizeHandler } from '../../rpc/inference.ts';
import type { WorkerErrorCode } from '../errors.ts';

/** A model that can be served, loaded or not. */
export interface ShelfModel {
  readonly name: string;
  readonly contextTokensMax: number;
  /** Memory that it takes when it is loaded, estimated from its files. */
  readonly bytes: number;
  /** Loaded at the start, and never given back. */
  readonly isPinned: boolean;
  load(signal: AbortSignal): Promise<LoadedModel>;
}

export interface LoadedModel extends AsyncDisposable {
  readonly handler: GenerateHandler;
  /** Absent: its tokenizer cannot be asked. */
  readonly tokenize?: TokenizeHandler;
}

export interface ModelShelfOptions {
  /** Memory of all loaded models together. Absent: no bound. */
  readonly bytesMax?: number | undefined;
  /** Ends loading. */
  readonly signal: AbortSignal;
}

export interface ModelState {
  readonly name: string;
  readonly state: 'unloaded' | 'loading' | 'loaded';
  readonly running: number;
  readonly bytes: number;
  readonly isPinned: boolean;
}

interface Place {
  readonly model: ShelfModel;
  /** Gives nothing where everybody left before there was room. */
  loading: Promise<LoadedModel | undefined> | undefined;
  loaded: LoadedModel | undefined;
  /** From before it is loaded until it has been given back. */
  hasRoom: boolean;
  running: number;
  /** Those who wait for it to be loaded. */
  waiting: number;
  lastUse: number;
}

export class ModelShelf implements AsyncDisposable {
  readonly #places: ReadonlyMap<string, Place>;
  readonly #options: ModelShelfOptions;
  /** Ends loading, and the wait for room. */
  readonly #closing = new AbortController();
  readonly #ended: AbortSignal;
  #uses = 0;
  #changed = Promise.withResolvers<void>();
  /** Loads take their room one after the other, or two could wait for what the other one is to take. */
  #roomTaken: Promise<unknown> = Promise.resolve();

  /** @throws DrydockError WORKER_CONFIG_INVALID when two models have one name, or what is pinned does not fit. */
  constructor(models: readonly ShelfModel[], options: ModelShelfOptions) {
    this.#options = options;
    this.#ended = AbortSignal.any([options.signal, this.#closing.signal]);
    this.#places = new Map(
      models.map((model) => [
        model.name,
        { model, loading: undefined, loaded: undefined, hasRoom: false, running: 0, waiting: 0, lastUse: 0 },
      ]),
    );
    if (this.#places.size < models.length) throw invalid('two models have the same name; rename one');
    const { bytesMax = Number.POSITIVE_INFINITY } = options;
    const pinned = models.filter(({ isPinned }) => isPinned).reduce((sum, { bytes }) => sum + bytes, 0);
    const largest = Math.max(0, ...models.filter(({ isPinned }) => !isPinned).map(({ bytes }) => bytes));
    if (pinned + largest > bytesMax) {
      throw invalid(
        `${pinned} bytes of pinned models and ${largest} of the largest other are more than the ${bytesMax} of DRYDOCK_MODEL_MIB_MAX; raise it, or pin less`,
      );
    }
  }

  get states(): readonly ModelState[] {
    return [...this.#places.values()].map(({ model, loading, loaded, running }) => ({
      name: model.name,
      state: loaded !== undefined ? 'loaded' : loading !== undefined ? 'loading' : 'unloaded',
      running,
      bytes: model.bytes,
      isPinned: model.isPinned,
    }));
  }

  /** Answers a request with the model that it names. */
  readonly handler: GenerateHandler = (request, options) => this.#answer(request, options);

  /** Loads the model where it is not: its tokenizer comes with it. */
  readonly tokenize: TokenizeHandler = async (request, options) => {
    const place = this.#placeOf(request.model);
    using _use = this.#use(place);
    const model = place.loaded ?? (await this.#loadFor(place, { ...request, signal: options.signal }));
    if (model.tokenize === undefined) throw noTokenizer(place.model.name);
    return await model.tokenize(request, options);
  };

  /** Loads a model now. @throws DrydockError RPC_MODEL_UNKNOWN, RPC_CANCELLED, or as its loading does. */
  async load(name: string, signal: AbortSignal = this.#ended): Promise<void> {
    await this.#load(this.#placeOf(name), signal);
  }

  /** @returns whether it was loaded. @throws DrydockError RPC_MODEL_UNKNOWN, RPC_WORKER_BUSY while requests run in it. */
  async unload(name: string): Promise<boolean> {
    const place = this.#placeOf(name);
    if (place.running > 0) {
      throw new DrydockError<RpcErrorCode>(
        'RPC_WORKER_BUSY',
        `could not unload ${name}: ${place.running} requests run in it; try again when they have ended`,
      );
    }
    return await this.#giveBack(place);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    for (const place of this.#places.values()) {
      await place.loading?.catch(() => undefined);
      await this.#giveBack(place);
    }
  }

  async *#answer(
    ...[request, options]: Parameters<GenerateHandler>
  ): ReturnType<GenerateHandler> & AsyncGenerator {
    const place = this.#placeOf(request.model);
    using _use = this.#use(place);
    const model = place.loaded ?? (await this.#loadFor(place, { ...request, signal: options.signal }));
    yield* model.handler(request, options);
  }

  /** From before it is loaded, so that nobody takes its room between loading and answering. */
  #use(place: Place): Disposable {
    place.running += 1;
    return {
      [Symbol.dispose]: () => {
        place.running -= 1;
        place.lastUse = ++this.#uses;
        this.#tellChange();
      },
    };
  }

  async #loadFor(
    place: Place,
    { deadlineUnixMs, signal }: { readonly deadlineUnixMs: number; readonly signal: AbortSignal },
  ): Promise<LoadedModel> {
    const leftMs = Math.max(0, Math.min(deadlineUnixMs - Date.now(), 2 ** 31 - 1));
    const deadline = AbortSignal.timeout(Math.ceil(leftMs));
    try {
      return await this.#load(place, AbortSignal.any([signal, deadline]));
    } catch (error) {
      if (isEnded(error) && deadline.aborted && !signal.aborted) throw ended('RPC_DEADLINE_EXCEEDED');
      throw asRpcError(place.model.name, error);
    }
  }

  async #load(place: Place, signal: AbortSignal): Promise<LoadedModel> {
    place.waiting += 1;
    try {
      for (;;) {
        if (place.loaded !== undefined) return place.loaded;
        if (signal.aborted || this.#ended.aborted) throw ended('RPC_CANCELLED');
        // Those who wait share one loading: it is not ended by one of them who leaves.
        place.loading ??= this.#loadInto(place).finally(() => {
          place.loading = undefined;
        });
        const loaded = await orAborted(place.loading, signal);
        if (loaded !== undefined) return loaded;
      }
    } finally {
      place.waiting -= 1;
      this.#tellChange();
    }
  }

  async #loadInto(place: Place): Promise<LoadedModel | undefined> {
    const hasRoom = this.#roomTaken.then(() => this.#takeRoom(place));
    this.#roomTaken = hasRoom.catch(() => undefined);
    if (!(await hasRoom)) return undefined;
    try {
      place.loaded = await place.model.load(this.#ended);
      place.lastUse = ++this.#uses;
      return place.loaded;
    } catch (error) {
      place.hasRoom = false;
      throw error;
    } finally {
      this.#tellChange();
    }
  }

  /** @returns false when nobody waits for it any more: others may, behind it. */
  async #takeRoom(wanted: Place): Promise<boolean> {
    const { bytesMax = Number.POSITIVE_INFINITY } = this.#options;
    // It may have room still, while it is being given back.
    while (wanted.hasRoom || this.#bytesTaken() + wanted.model.bytes > bytesMax) {
      if (wanted.waiting === 0) return false;
      const [oldest] = [...this.#places.values()]
        .filter(({ model, loaded, running }) => loaded !== undefined && running === 0 && !model.isPinned)
        .toSorted((a, b) => a.lastUse - b.lastUse);
      if (oldest !== undefined && !wanted.hasRoom) await this.#giveBack(oldest);
      else await orAborted(this.#changed.promise, this.#ended);
    }
    wanted.hasRoom = true;
    return true;
  }

  #bytesTaken(): number {
    return [...this.#places.values()]
      .filter(({ hasRoom }) => hasRoom)
      .reduce((sum, { model }) => sum + model.bytes, 0);
  }

  async #giveBack(place: Place): Promise<boolean> {
    const { loaded } = place;
    if (loaded === undefined) return false;
    place.loaded = undefined;
    try {
      await loaded[Symbol.asyncDispose]();
    } finally {
      place.hasRoom = false;
      this.#tellChange();
    }
    return true;
  }

  #placeOf(name: string): Place {
    const place = this.#places.get(name);
    if (place !== undefined) return place;
    const names = [...this.#places.keys()].map((known) => `"${known}"`).join(', ');
    throw new DrydockError<RpcErrorCode>(
      'RPC_MODEL_UNKNOWN',
      `could not start the answer: this worker serves ${names}; ask for one of them`,
    );
  }

  #tellChange(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) throw ended('RPC_CANCELLED');
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(ended('RPC_CANCELLED'));
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function ended(code: 'RPC_CANCELLED' | 'RPC_DEADLINE_EXCEEDED'): DrydockError<RpcErrorCode> {
  return new DrydockError(
    code,
    'could not start the answer: the request ended while its model was loading; allow more time',
  );
}

/** What is wrong with a file is for the worker's log: who asks gets the kind of it. */
function asRpcError(name: string, error: unknown): unknown {
  if (!isDrydockError(error) || error.code.startsWith('RPC_') || error.code === 'WORKER_CANCELLED')
    return error;
  return new DrydockError<RpcErrorCode>(
    'RPC_GENERATION_FAILED',
    `could not start the answer: "${name}" cannot be loaded (${error.code}); look into the worker's log`,
    { cause: error },
  );
}

function noTokenizer(name: string): DrydockError<RpcErrorCode> {
  return new DrydockError(
    'RPC_UNSUPPORTED',
    `could not tokenize the prompt: the server of "${name}" has no tokenizer to ask; ask another worker`,
  );
}

function isEnded(error: unknown): boolean {
  return error instanceof DrydockError && error.code === 'RPC_CANCELLED';
}

function invalid(reason: string): DrydockError {
  return new DrydockError<WorkerErrorCode>('WORKER_CONFIG_INVALID', `could not set up the models: ${reason}`);
}
