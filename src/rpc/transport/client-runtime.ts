/**
 * The gateway's side of the RPC layer: discovery, least-inflight choice, deadlines, cancellation, and another try as
 * long as nothing was delivered. It holds one connection to each engine until disposed.
 */
import { type GenerateFrame, type GenerateRequest, generateRequestSchema } from '../contract/generate.ts';
import type { ModelInfo, WorkerInfo } from '../contract/worker.ts';
import { DrydockError, type RpcErrorCode } from '../errors.ts';
import type { InferenceClient, InferenceClientOptions } from '../inference.ts';
import { AttemptFailure, runAttempt } from './attempt-runtime.ts';
import { cancellableIterable } from './cancellable-iterable.ts';
import { EngineLink } from './engine-link-runtime.ts';
import { checkRequestSize } from './request-size.ts';
import { chooseRoute, type Route } from './worker-choice.ts';

const attemptsMax = 4;
const timerMsMax = 2 ** 31 - 1;

export function connectInference(options: InferenceClientOptions): InferenceClient {
  return new EngineBackedClient(options);
}

class EngineBackedClient implements InferenceClient {
  readonly #links: readonly EngineLink[];
  readonly #logger: InferenceClientOptions['logger'];
  readonly #inflight = new Map<string, number>();
  readonly #closing = new AbortController();
  #turn = 0;

  constructor({ engines, clientName, logger }: InferenceClientOptions) {
    this.#logger = logger;
    const now = () => Date.now();
    this.#links = engines.map((engine) => new EngineLink({ engine, clientName, logger, now }));
  }

  models(): readonly ModelInfo[] {
    return [...new Map(this.workers().flatMap(({ models }) => models.map((m) => [m.name, m]))).values()];
  }

  workers(): readonly WorkerInfo[] {
    return [...new Map(this.#routes().map(({ worker }) => [worker.workerId, worker])).values()];
  }

  generate(
    request: GenerateRequest,
    options: { readonly signal: AbortSignal },
  ): AsyncIterable<GenerateFrame> {
    return cancellableIterable((left) =>
      this.#generate(request, AbortSignal.any([options.signal, left, this.#closing.signal])),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#links.map((link) => link[Symbol.asyncDispose]()));
  }

  async *#generate(
    given: GenerateRequest,
    cancelled: AbortSignal,
  ): AsyncGenerator<GenerateFrame, void, void> {
    const request = parseRequest(given);
    using limit = deadlineOf(request, cancelled);
    const tries = new Tries();
    let lastFailure: AttemptFailure | undefined;
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      limit.signal.throwIfAborted();
      const route = this.#choose(request.model, tries);
      if (route === undefined) break;
      let isDelivered = false;
      using load = this.#countIn(route.worker.workerId);
      try {
        const deadlineMs = request.deadlineUnixMs - Date.now();
        const options = { route, attempt, signal: limit.signal, deadlineMs, load };
        for await (const frame of runAttempt(request, options)) {
          isDelivered = true;
          yield frame;
          if ('done' in frame) return;
        }
      } catch (error) {
        if (!(error instanceof AttemptFailure)) throw error;
        this.#learn(route, error);
        if (isDelivered) throw error;
        tries.add(route, error);
        lastFailure = error;
      }
    }
    throw this.#nobody(request, lastFailure);
  }

  #routes(): readonly Route<EngineLink>[] {
    return this.#links.flatMap((link) => link.workers.map((worker) => ({ worker, link })));
  }

  #choose(model: string, tries: Tries): Route<EngineLink> | undefined {
    this.#turn += 1;
    return chooseRoute(this.#routes(), {
      model,
      inflight: (workerId) => this.#inflight.get(workerId) ?? 0,
      isSuspect: (link) => link.isSuspect,
      isExcluded: (route) => tries.excludes(route),
      isTried: (workerId) => tries.hasTried(workerId),
      turn: this.#turn,
    });
  }

  #countIn(workerId: string): Disposable {
    this.#inflight.set(workerId, (this.#inflight.get(workerId) ?? 0) + 1);
    let isCounted = true;
    return {
      [Symbol.dispose]: () => {
        if (!isCounted) return;
        isCounted = false;
        const left = (this.#inflight.get(workerId) ?? 1) - 1;
        if (left > 0) this.#inflight.set(workerId, left);
        else this.#inflight.delete(workerId);
      },
    };
  }

  #learn({ worker, link }: Route<EngineLink>, { blame, code }: AttemptFailure): void {
    const { workerId } = worker;
    this.#logger.warn(
      { worker: workerId, engine: link.engine.availabilityZone, blame, code },
      'attempt failed',
    );
    if (blame === 'engine') link.suspect();
    if (blame !== 'worker') return;
    link.forget(workerId);
    for (const each of this.#links) each.askNow();
  }

  #nobody({ model }: GenerateRequest, lastFailure: AttemptFailure | undefined): DrydockError<RpcErrorCode> {
    if (lastFailure !== undefined && lastFailure.code !== 'RPC_ENGINE_UNREACHABLE') return lastFailure;
    if (lastFailure !== undefined || this.workers().length === 0) {
      return new DrydockError(
        'RPC_NO_WORKER',
        'could not place the generation: no worker is reachable; wait for one to register',
        { cause: lastFailure },
      );
    }
    return new DrydockError(
      'RPC_MODEL_UNKNOWN',
      `could not place the generation: no worker serves model "${model}"; ask for one that is listed`,
    );
  }
}

/** Where one request has been already. */
class Tries {
  readonly #routes: Route<EngineLink>[] = [];
  readonly #busyWorkers = new Set<string>();
  readonly #failedLinks = new Set<EngineLink>();

  add(route: Route<EngineLink>, { blame }: AttemptFailure): void {
    this.#routes.push(route);
    if (blame === 'engine') this.#failedLinks.add(route.link);
    if (blame === 'worker-busy') this.#busyWorkers.add(route.worker.workerId);
  }

  hasTried(workerId: string): boolean {
    return this.#routes.some(({ worker }) => worker.workerId === workerId);
  }

  excludes({ worker: { workerId }, link }: Route<EngineLink>): boolean {
    const isUsed = this.#routes.some((tried) => tried.worker.workerId === workerId && tried.link === link);
    return isUsed || this.#busyWorkers.has(workerId) || this.#failedLinks.has(link);
  }
}

function parseRequest(given: GenerateRequest): GenerateRequest {
  const parsed = generateRequestSchema.safeParse(given);
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.join('.');
    throw new DrydockError(
      'RPC_REQUEST_INVALID',
      `could not send the request: ${path} is not valid; correct it`,
    );
  }
  checkRequestSize(parsed.data);
  return parsed.data;
}

interface Limit extends Disposable {
  /** Aborts with the DrydockError that the request then ends with. */
  readonly signal: AbortSignal;
}

function deadlineOf(request: GenerateRequest, cancelled: AbortSignal): Limit {
  const controller = new AbortController();
  const onCancelled = () =>
    controller.abort(
      new DrydockError(
        'RPC_CANCELLED',
        'could not finish the generation: it was cancelled; send a new request',
      ),
    );
  const onDeadline = () =>
    controller.abort(
      new DrydockError(
        'RPC_DEADLINE_EXCEEDED',
        'could not finish the generation: its deadline has passed; allow more time or ask for fewer tokens',
      ),
    );
  const leftMs = request.deadlineUnixMs - Date.now();
  const timer = setTimeout(onDeadline, Math.min(Math.max(leftMs, 0), timerMsMax));
  if (leftMs <= 0) onDeadline();
  cancelled.addEventListener('abort', onCancelled);
  if (cancelled.aborted) onCancelled();
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      cancelled.removeEventListener('abort', onCancelled);
    },
  };
}
