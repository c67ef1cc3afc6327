/**
 * The worker's side of the RPC layer: registers its functions at every engine under the worker's own ids, and enforces slots and
 * deadlines. Every stream that it accepts ends with a `done` or an `error` frame, unless the connection breaks. Its functions stay
 * registered until the last answer has gone out.
 */
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { GenerateFrame } from '../contract/generate.ts';
import { registrationIds, type WorkerHealth } from '../contract/worker.ts';
import { DrydockError } from '../errors.ts';
import type { InferenceServer, InferenceServerOptions } from '../inference.ts';
import { answerTokenize } from './answer-tokenize-runtime.ts';
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
  readonly #now: () => number;
  readonly #running: RunningRequests;
  readonly #connections: readonly SdkConnection[];
  readonly #unregister: (() => void)[] = [];
  readonly #draining = new AbortController();
  readonly #closing = new AbortController();
  /** What has not gone out yet: answers of calls, and channels that are being closed. */
  readonly #leaving = new Set<Promise<unknown>>();

  constructor(options: InferenceServerOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#running = new RunningRequests({ slots: options.info.slots, now: this.#now });
    this.#connections = options.engines.map((engine) => openSdk(engine, options.info.workerId, options));
    this.registered = Promise.any(this.#connections.map((connection) => this.#register(connection))).catch(
      (cause: unknown) => {
        throw neverRegistered(options.info.workerId, cause);
      },
    );
    // Whoever disposes before does not have to await it.
    this.registered.catch(() => {});
  }

  get draining(): AbortSignal {
    return this.#draining.signal;
  }

  async drain(): Promise<void> {
    this.#draining.abort();
    await this.#running.idle();
    await Promise.race([Promise.allSettled(this.#leaving), stopTimeout()]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#draining.abort();
    this.#running.abortAll(stopping(this.#options.info.workerId));
    const timeout = stopTimeout();
    await Promise.race([this.#running.idle(), timeout]);
    for (const unregister of this.#unregister) unregister();
    await Promise.race([Promise.allSettled(this.#leaving), timeout]);
    await Promise.all(this.#connections.map((connection) => connection[Symbol.asyncDispose]()));
  }

  async #register({ client }: SdkConnection): Promise<void> {
    const { info, logger, credential, tokenize } = this.#options;
    const ids = registrationIds(info.workerId, { isPrefixed: credential !== undefined });
    const tokenized = answerTokenize({
      ...{ info, tokenize },
      now: () => this.#now(),
      closing: this.#closing.signal,
    });
    const functions = [
      client.registerFunction(ids.generate, (input: unknown) => this.#answer(this.#generate(input)), {
        metadata: { ...info },
      }),
      client.registerFunction(ids.cancel, (input: unknown) => this.#answer(this.#cancel(input))),
      client.registerFunction(ids.tokenize, (input: unknown) => this.#answer(tokenized(input))),
      client.registerFunction(ids.health, () => this.#answer(this.#health())),
      client.registerFunction(ids.drain, () => {
        logger.info({ worker: info.workerId }, 'asked to drain');
        this.#draining.abort();
        return this.#answer(this.#health());
      }),
    ];
    this.#unregister.push(...functions.map((registered) => () => registered.unregister()));
    await awaitRegistration(client, info.workerId, this.#closing.signal);
    logger.info({ worker: info.workerId }, 'registered at an engine');
  }

  #health(): WorkerHealth {
    const { slots, models } = this.#options.info;
    return {
      running: this.#running.count,
      waiting: this.#running.waiting,
      slots,
      isDraining: this.#draining.signal.aborted,
      unixMs: this.#now(),
      models: models.map(({ name }) => name),
    };
  }

  #answer<Answer>(answer: Answer | Promise<Answer>): Promise<Answer> {
    return this.#untilLeft(Promise.all([answer, wait(answerMsMin)]).then(([settled]) => settled));
  }

  #untilLeft<Value>(leaving: Promise<Value>): Promise<Value> {
    const left = leaving.finally(() => this.#leaving.delete(left));
    this.#leaving.add(left);
    return left;
  }

  async #cancel(input: unknown): Promise<{ readonly isRunning: boolean }> {
    const { data } = cancelPayloadSchema.safeParse(input);
    if (data === undefined) throw unreadable();
    return { isRunning: this.#running.cancel(data.requestId, data.attempt) };
  }

  async #generate(input: unknown): Promise<GenerateReply> {
    return await this.#admit(input).then(
      ({ payload, running }) => this.#run(payload, running),
      (error: unknown): GenerateReply => ({
        accepted: false,
        error: toWireError(error),
        ...(this.#draining.signal.aborted ? { isDraining: true } : {}),
      }),
    );
  }

  async #admit(input: unknown): Promise<{ payload: GeneratePayload; running: RunningRequest }> {
    const { info } = this.#options;
    const payload = generatePayloadSchema.safeParse(input).data;
    if (payload === undefined) throw unreadable();
    const { request, attempt } = payload;
    if (!info.models.some(({ name }) => name === request.model)) {
      throw new DrydockError(
        'RPC_MODEL_UNKNOWN',
        `could not start the generation: worker ${info.workerId} does not serve the model; ask for one that it lists`,
      );
    }
    if (request.deadlineUnixMs <= this.#now()) throw deadlineExceeded();
    if (this.#draining.signal.aborted) throw leaving(info.workerId);
    const running = await this.#running.start(request.requestId, attempt);
    // It may have waited: for the very slot that stopping has freed, or until nobody waits for it any more.
    const refusal = this.#closing.signal.aborted
      ? stopping(info.workerId)
      : request.deadlineUnixMs <= this.#now()
        ? deadlineExceeded()
        : undefined;
    if (refusal === undefined) return { payload, running };
    running[Symbol.dispose]();
    throw refusal;
  }

  async #run(payload: GeneratePayload, running: RunningRequest): Promise<GenerateReply> {
    const { request, resume, out, traceparent } = payload;
    using scope = new DisposableStack();
    scope.use(running);
    const leftMs = Math.min(Math.max(request.deadlineUnixMs - this.#now(), 0), timerMsMax);
    const deadline = setTimeout(() => running.abort(deadlineExceeded()), leftMs);
    scope.defer(() => clearTimeout(deadline));
    out.stream.on('error', () => {});
    out.stream.on('close', () => running.abort(channelBroken()));
    // A message to a writer that has closed would open another connection for it.
    const send = (frame: GenerateFrame) => {
      if (!out.stream.destroyed) out.sendMessage(JSON.stringify(frame));
    };
    void this.#untilLeft(once(out.stream, 'close')).catch(() => {});
    const { handler, logger } = this.#options;
    try {
      const terminal = await streamGeneration(request, {
        ...{ handler, logger, send },
        signal: running.signal,
        answeredIds: resume?.ids ?? [],
        traceparent,
      });
      // The slot is free before the caller can know that the generation is over.
      scope.dispose();
      send(terminal);
      out.close();
    } catch (error) {
      // It may never have been opened, and would then not close either.
      out.stream.destroy();
      throw error;
    }
    return { accepted: true };
  }
}

function unreadable(): DrydockError {
  return new DrydockError(
    'RPC_REQUEST_INVALID',
    'could not read the request: it has not the agreed shape; correct it',
  );
}

function stopTimeout(): Promise<unknown> {
  return wait(stopMsMax, undefined, { ref: false });
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

function leaving(workerId: string): DrydockError {
  return new DrydockError(
    'RPC_WORKER_BUSY',
    `could not start the generation: worker ${workerId} is draining; send it elsewhere`,
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
