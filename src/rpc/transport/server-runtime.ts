/**
 * The worker's side of the RPC layer: registers `generate`, `cancel` and `health` at every engine under the worker's own
 * ids, and enforces slots and deadlines. Every stream that it accepts ends with a `done` or an `error` frame, unless
 * the connection breaks.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { GenerateFrame } from '../contract/generate.ts';
import { functionIds } from '../contract/worker.ts';
import { DrydockError } from '../errors.ts';
import type { InferenceServer, InferenceServerOptions } from '../inference.ts';
import { streamGeneration } from './generation-stream.ts';
import { awaitRegistration } from './registration-runtime.ts';
import { type RunningRequest, RunningRequests } from './running-requests-runtime.ts';
import { openSdk, type SdkConnection } from './sdk-runtime.ts';
import {
  cancelPayloadSchema,
  type GeneratePayload,
  type GenerateReply,
  generatePayloadSchema,
} from './wire.ts';
import { toWireError } from './wire-error.ts';

/** iii loses an answer that comes before it has noted the call, which takes it about a millisecond. */
const answerMsMin = 3;
const stopMsMax = 2000;
const timerMsMax = 2 ** 31 - 1;

export function serveInference(options: InferenceServerOptions): InferenceServer {
  return new EngineBackedServer(options);
}

class EngineBackedServer implements InferenceServer {
  readonly registered: Promise<void>;
  readonly #options: InferenceServerOptions;
  readonly #running: RunningRequests;
  readonly #connections: readonly SdkConnection[];
  readonly #unregister: (() => void)[] = [];
  readonly #closing = new AbortController();
  /** Answers that the SDK has not got yet. */
  readonly #answers = new Set<Promise<unknown>>();

  constructor(options: InferenceServerOptions) {
    this.#options = options;
    this.#running = new RunningRequests({ slots: options.info.slots, now: () => Date.now() });
    this.#connections = options.engines.map((engine) => openSdk(engine, options.info.workerId));
    this.registered = Promise.any(this.#connections.map((connection) => this.#register(connection))).catch(
      (cause: unknown) => {
        throw neverRegistered(options.info.workerId, cause);
      },
    );
    // Whoever disposes before does not have to await it.
    this.registered.catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    for (const unregister of this.#unregister) unregister();
    this.#running.abortAll(stopping(this.#options.info.workerId));
    await Promise.race([Promise.allSettled(this.#answers), wait(stopMsMax, undefined, { ref: false })]);
    await Promise.all(this.#connections.map((connection) => connection[Symbol.asyncDispose]()));
  }

  async #register({ client }: SdkConnection): Promise<void> {
    const { info, logger } = this.#options;
    const ids = functionIds(info.workerId);
    const functions = [
      client.registerFunction(ids.generate, (input: unknown) => this.#answer(this.#generate(input)), {
        metadata: { ...info },
      }),
      client.registerFunction(ids.cancel, (input: unknown) => this.#answer(this.#cancel(input))),
      client.registerFunction(ids.health, () =>
        this.#answer({ running: this.#running.count, slots: info.slots }),
      ),
    ];
    this.#unregister.push(...functions.map((registered) => () => registered.unregister()));
    await awaitRegistration(client, info.workerId, this.#closing.signal);
    logger.info({ worker: info.workerId }, 'registered at an engine');
  }

  #answer<Answer>(answer: Answer | Promise<Answer>): Promise<Answer> {
    const late = Promise.all([answer, wait(answerMsMin)])
      .then(([settled]) => settled)
      .finally(() => this.#answers.delete(late));
    this.#answers.add(late);
    return late;
  }

  async #cancel(input: unknown): Promise<{ readonly isRunning: boolean }> {
    const payload = cancelPayloadSchema.parse(input);
    return { isRunning: this.#running.cancel(payload.requestId, payload.attempt) };
  }

  async #generate(input: unknown): Promise<GenerateReply> {
    return await this.#admit(input).then(
      ({ payload, running }) => this.#run(payload, running),
      (error: unknown): GenerateReply => ({ accepted: false, error: toWireError(error) }),
    );
  }

  async #admit(input: unknown): Promise<{ payload: GeneratePayload; running: RunningRequest }> {
    const { info } = this.#options;
    const parsed = generatePayloadSchema.safeParse(input);
    if (!parsed.success) {
      throw new DrydockError(
        'RPC_REQUEST_INVALID',
        'could not read the request: it has not the agreed shape; correct it',
      );
    }
    const { request, attempt } = parsed.data;
    if (!info.models.some(({ name }) => name === request.model)) {
      throw new DrydockError(
        'RPC_MODEL_UNKNOWN',
        `could not start the generation: worker ${info.workerId} does not serve the model; ask for one that it lists`,
      );
    }
    if (request.deadlineUnixMs <= Date.now()) throw deadlineExceeded();
    if (this.#closing.signal.aborted) throw stopping(info.workerId);
    const running = await this.#running.start(request.requestId, attempt);
    // It may have waited for the very slot that stopping has freed.
    if (this.#closing.signal.aborted) {
      running[Symbol.dispose]();
      throw stopping(info.workerId);
    }
    return { payload: parsed.data, running };
  }

  async #run({ request, out }: GeneratePayload, running: RunningRequest): Promise<GenerateReply> {
    using scope = new DisposableStack();
    scope.use(running);
    const leftMs = Math.min(Math.max(request.deadlineUnixMs - Date.now(), 0), timerMsMax);
    const deadline = setTimeout(() => running.abort(deadlineExceeded()), leftMs);
    scope.defer(() => clearTimeout(deadline));
    out.stream.on('error', () => {});
    out.stream.on('close', () => running.abort(channelBroken()));
    // A message to a writer that has closed would open another connection for it.
    const send = (frame: GenerateFrame) => {
      if (!out.stream.destroyed) out.sendMessage(JSON.stringify(frame));
    };
    const { handler, logger } = this.#options;
    try {
      const terminal = await streamGeneration(request, { handler, logger, signal: running.signal, send });
      // The slot is free before the caller can know that the generation is over.
      scope.dispose();
      send(terminal);
    } finally {
      out.close();
    }
    return { accepted: true };
  }
}

function deadlineExceeded(): DrydockError {
  return new DrydockError(
    'RPC_DEADLINE_EXCEEDED',
    'could not finish the generation: its deadline has passed; allow more time or ask for fewer tokens',
  );
}

function channelBroken(): DrydockError {
  return new DrydockError(
    'RPC_CANCELLED',
    'could not finish the generation: its channel has closed; send a new request',
  );
}

function neverRegistered(workerId: string, cause: unknown): DrydockError {
  return new DrydockError(
    'RPC_ENGINE_UNREACHABLE',
    `could not register worker ${workerId}: no engine had answered when it was stopped; check that one runs`,
    { cause },
  );
}

function stopping(workerId: string): DrydockError {
  return new DrydockError(
    'RPC_WORKER_LOST',
    `could not finish the generation: worker ${workerId} is stopping; send the request again`,
  );
}
