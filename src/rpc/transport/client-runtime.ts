/**
 * The gateway's side of the RPC layer: who is there and alive, who gets a request, and another try where one is lost. It
 * holds one connection to each engine until disposed. One timer moves everything that time moves: heartbeats, waits, patience.
 */
import type { GenerateFrame, GenerateRequest } from '../contract/generate.ts';
import { requestTexts } from '../contract/request-texts.ts';
import type { Tokenization, TokenizeRequest } from '../contract/tokenize.ts';
import { functionIds, type ModelInfo, type WorkerInfo } from '../contract/worker.ts';
import { accountFor, type RunningAttempt } from '../failover/running-attempt.ts';
import { isStalled } from '../failover/silence.ts';
import type {
  GenerateOptions,
  GenerationWatch,
  InferenceClient,
  InferenceClientLimits,
  InferenceClientOptions,
  InferenceHealth,
} from '../inference.ts';
import type { KnownWorker } from '../routing/known-worker.ts';
import type { Route } from '../routing/route.ts';
import { RouteTable } from '../routing/route-table.ts';
import type { AttemptFailure } from './attempt-failure.ts';
import { cancellableIterable } from './cancellable-iterable.ts';
import { EngineLink, type EngineLinkOptions } from './engine-link-runtime.ts';
import { type GenerationParts, runGeneration } from './generation-runtime.ts';
import { Heartbeats } from './heartbeat-runtime.ts';
import { Placements } from './placement-runtime.ts';
import { prepareRequest } from './prepare-request.ts';
import { limitOf } from './request-limit.ts';
import { callTokenize, prepareTokenize } from './tokenize-call-runtime.ts';
import { watchedParts } from './watched-parts.ts';

const tickMs = 50;
const cancelTimeoutMs = 1000;
const defaultLimits: InferenceClientLimits = {
  queueLengthMax: 512,
  queueMsMax: 10_000,
  resumeMsMax: 20_000,
  attemptsMax: 8,
};

export function connectInference(options: InferenceClientOptions): InferenceClient {
  return new EngineBackedClient(options);
}

/** An attempt that runs, and whether it is given up. */
interface Watched {
  readonly worker: KnownWorker;
  readonly running: RunningAttempt;
  readonly isStalled: () => boolean;
}

interface CallOptions {
  readonly caller: string;
  readonly watch: GenerationWatch | undefined;
  readonly cancelled: AbortSignal;
}

class EngineBackedClient implements InferenceClient {
  readonly #logger: InferenceClientOptions['logger'];
  readonly #links: readonly EngineLink[];
  readonly #table: RouteTable<EngineLink>;
  readonly #heartbeats: Heartbeats;
  readonly #placements: Placements;
  readonly #watched = new Set<Watched>();
  readonly #closing = new AbortController();
  readonly #ticker: NodeJS.Timeout;
  readonly #now = () => performance.now();
  readonly #random = () => Math.random();
  readonly #limits: InferenceClientLimits;

  constructor(options: InferenceClientOptions) {
    const { engines, clientName, credential, logger, availabilityZone, limits } = options;
    const now = this.#now;
    this.#logger = logger;
    this.#limits = { ...defaultLimits, ...limits };
    this.#table = new RouteTable({ now, random: this.#random, zone: availabilityZone });
    this.#placements = new Placements({ now, table: this.#table, limits: this.#limits });
    this.#heartbeats = new Heartbeats({
      ...{ now, logger, table: this.#table },
      onReport: (route, health, askedAtMs) => {
        route.worker.report(health, askedAtMs);
        const accounted = health.running + health.waiting;
        accountFor(this.#attemptsOn(route.worker), { accounted, askedAtMs });
        this.#placements.serve();
      },
    });
    this.#links = engines.map((engine) => this.#link({ engine, clientName, credential, logger }));
    this.#ticker = setInterval(() => this.#tick(), tickMs);
  }

  models(): readonly ModelInfo[] {
    return [...new Map(this.workers().flatMap(({ models }) => models.map((m) => [m.name, m]))).values()];
  }

  workers(): readonly WorkerInfo[] {
    return this.#table.openWorkers().map(({ info }) => info);
  }

  health(): InferenceHealth {
    return {
      engines: this.#links.map(({ availabilityZone, isUp }) => ({ availabilityZone, isUp })),
      routes: this.#table.routes().map(({ worker, link, health, isListed, inflight }) => ({
        workerId: worker.workerId,
        engine: link.availabilityZone,
        isUp: isListed && health.isUp,
        isDraining: worker.isDraining,
        inflight,
      })),
    };
  }

  generate(request: GenerateRequest, options: GenerateOptions): AsyncIterable<GenerateFrame> {
    return cancellableIterable((left) =>
      this.#generate(request, {
        caller: options.caller ?? '',
        watch: options.watch,
        cancelled: AbortSignal.any([options.signal, left, this.#closing.signal]),
      }),
    );
  }

  async tokenize(given: TokenizeRequest, options: { readonly signal: AbortSignal }): Promise<Tokenization> {
    const request = prepareTokenize(given);
    const leftMs = request.deadlineUnixMs - Date.now();
    const deadlineAtMs = this.#now() + leftMs;
    using limit = limitOf(leftMs, AbortSignal.any([options.signal, this.#closing.signal]));
    limit.signal.throwIfAborted();
    const routes = this.#table.openRoutesTo(request.model);
    if (routes.length === 0) throw this.#placements.nobody(request);
    return await callTokenize(request, { routes, deadlineAtMs, now: this.#now, signal: limit.signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#ticker);
    this.#closing.abort();
    await Promise.all(this.#links.map((link) => link[Symbol.asyncDispose]()));
  }

  async *#generate(
    given: GenerateRequest,
    { caller, watch, cancelled }: CallOptions,
  ): AsyncGenerator<GenerateFrame, void, void> {
    const request = prepareRequest(given, this.#random);
    // From here on no clock that may be set: ours is asked once, and a worker is told by its own.
    const budgetMs = request.deadlineUnixMs - Date.now();
    const deadlineAtMs = this.#now() + budgetMs;
    using limit = limitOf(budgetMs, cancelled);
    limit.signal.throwIfAborted();
    const parts: GenerationParts = {
      now: this.#now,
      attemptsMax: this.#limits.attemptsMax,
      place: (wish) => this.#placements.place(wish, caller),
      attemptParts: ({ route }, { silences }) => ({
        watch: (running) => this.#watch({ route, running, request, silences, budgetMs }),
        cancel: (attempt) => this.#cancel(route, { requestId: request.requestId, attempt }),
        onFrame: ({ gapMs, tokens, isFirst }) => {
          if (isFirst) route.breaker.succeeded();
          else route.worker.pace.saw({ gapMs, tokens, nowMs: this.#now() });
        },
      }),
      hasAnother: ({ worker }, model) =>
        this.#table.openWorkers().some((other) => other !== worker && other.serves(model)),
      onFailure: (route, failure) => this.#learn(route, failure),
    };
    const watched = watchedParts(parts, watch);
    try {
      yield* runGeneration(request, { signal: limit.signal, deadlineAtMs, parts: watched.parts });
    } finally {
      watched.end();
    }
  }

  #link(
    options: Pick<InferenceClientOptions, 'clientName' | 'logger'> &
      Pick<EngineLinkOptions, 'engine' | 'credential'>,
  ): EngineLink {
    return new EngineLink({
      ...options,
      onList: (link, workers) => {
        this.#table.list(link, workers);
        this.#heartbeats.beat();
        this.#placements.serve();
      },
      onDown: (link) => this.#table.drop(link),
    });
  }

  #tick(): void {
    this.#heartbeats.beat();
    this.#table.forgetUnlisted();
    for (const { running, isStalled: isGivenUp } of [...this.#watched]) if (isGivenUp()) running.stall();
    // A pause of a breaker may be over.
    this.#placements.serve();
    this.#placements.expire();
  }

  #watch(facts: {
    readonly route: Route<EngineLink>;
    readonly running: RunningAttempt;
    readonly request: GenerateRequest;
    readonly silences: number;
    readonly budgetMs: number;
  }): Disposable {
    const { route, running, request, silences, budgetMs } = facts;
    const promptCharacters = requestTexts(request).reduce((sum, text) => sum + text.length, 0);
    const watched: Watched = {
      running,
      worker: route.worker,
      isStalled: () =>
        isStalled({
          ...{ promptCharacters, silences, budgetMs },
          silentMs: this.#now() - running.heardAtMs,
          hasFrames: running.frames > 0,
          isUnaccounted: running.isUnaccounted,
          isQueueing: route.worker.isQueueing,
        }),
    };
    this.#watched.add(watched);
    return { [Symbol.dispose]: () => this.#watched.delete(watched) };
  }

  #attemptsOn(worker: KnownWorker): readonly RunningAttempt[] {
    return [...this.#watched].filter((watched) => watched.worker === worker).map(({ running }) => running);
  }

  /** Best effort, over whatever leads there: the worker also learns it when its channel breaks, and by the deadline. */
  #cancel({ worker }: Route<EngineLink>, payload: { requestId: string; attempt: number }): void {
    for (const { link } of this.#table.routesTo(worker.workerId)) {
      link.client
        .trigger({
          function_id: functionIds(worker.workerId).cancel,
          payload,
          timeoutMs: cancelTimeoutMs,
        })
        .catch(() => {});
    }
  }

  #learn(route: Route<EngineLink>, { blame, code }: AttemptFailure): void {
    const { worker, link } = route;
    this.#logger.warn(
      { worker: worker.workerId, engine: link.availabilityZone, blame, code },
      'attempt failed',
    );
    if (blame === 'worker-busy') worker.load.refused();
    else if (blame === 'worker-draining') worker.leaves();
    else if (blame !== 'worker-gone') route.breaker.failed();
    if (blame === 'engine') link.suspect();
    if (blame !== 'worker' && blame !== 'worker-gone' && blame !== 'route') return;
    if (blame !== 'route') route.health.broke();
    // The others know soon whether they lead to it still.
    for (const other of this.#table.routesTo(worker.workerId)) other.health.beatNow();
    for (const each of this.#links) each.askNow();
    this.#heartbeats.beat();
  }
}
