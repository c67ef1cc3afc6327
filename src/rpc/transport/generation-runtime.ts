/**
 * One request over all its attempts. Before the first token another worker takes its place unseen; after it, another
 * worker goes on where the journal ends, or tells the answer anew where there are no ids to go on from. It never takes a cut
 * answer for a whole one.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { GenerateFrame, GenerateRequest } from '../contract/generate.ts';
import { DrydockError, type RpcErrorCode } from '../errors.ts';
import { AnswerJournal } from '../failover/answer-journal.ts';
import { AttemptBudget } from '../failover/attempt-budget.ts';
import { FailureRecord } from '../failover/failure-record.ts';
import { RetoldAnswer } from '../failover/retold-answer.ts';
import type { Route } from '../routing/route.ts';
import { AttemptFailure } from './attempt-failure.ts';
import { type AttemptOptions, runAttempt } from './attempt-runtime.ts';
import type { EngineLink } from './engine-link-runtime.ts';

/** A route that is taken, until `load` is disposed of. */
export interface Placement {
  readonly route: Route<EngineLink>;
  readonly load: Disposable;
}

export interface PlaceWish {
  readonly request: GenerateRequest;
  readonly failures: FailureRecord<EngineLink>;
  /** It had a place before, and comes before those that had none. */
  readonly isUrgent: boolean;
  /** Since when it waits: monotonic. */
  readonly sinceMs: number;
  readonly hasFailed: boolean;
  readonly signal: AbortSignal;
}

/** What a generation needs of the client. */
export interface GenerationParts {
  readonly now: () => number;
  /** In a row without a token. */
  readonly attemptsMax: number;
  /** @throws DrydockError RPC_NO_WORKER, RPC_MODEL_UNKNOWN, RPC_OVERLOADED, the signal's reason */
  readonly place: (wish: PlaceWish) => Promise<Placement>;
  readonly attemptParts: (
    placement: Placement,
    facts: { readonly request: GenerateRequest; readonly silences: number },
  ) => Pick<AttemptOptions, 'watch' | 'cancel' | 'onFrame' | 'traceparent'>;
  /** Whether another worker could be asked for the model. */
  readonly hasAnother: (route: Route<EngineLink>, model: string) => boolean;
  /** Something is to be learnt from it for others. */
  readonly onFailure: (route: Route<EngineLink>, failure: AttemptFailure) => void;
}

export interface GenerationOptions {
  readonly signal: AbortSignal;
  /** Monotonic. */
  readonly deadlineAtMs: number;
  readonly parts: GenerationParts;
}

/** A worker that could not do it is given one chance to be contradicted: a request that fails everywhere is to fail once more at most. */
const generationFailuresMax = 2;
/** An answer is begun anew so often at most: each time costs all of what the caller has. */
const retellingsMax = 2;

export async function* runGeneration(
  request: GenerateRequest,
  options: GenerationOptions,
): AsyncGenerator<GenerateFrame, void, void> {
  const generation = new Generation(request, options);
  for (;;) {
    const placement = await generation.place();
    using load = placement.load;
    try {
      for await (const frame of generation.attempt(placement)) {
        yield frame;
        if ('done' in frame) return;
      }
    } catch (error) {
      load[Symbol.dispose]();
      await generation.failed(placement, error);
    }
  }
}

/** Somebody else was faster, or the worker leaves or has left: that is no failure. */
function isRefusal({ blame }: AttemptFailure): boolean {
  return blame === 'worker-busy' || blame === 'worker-draining' || blame === 'worker-gone';
}

class Generation {
  readonly #request: GenerateRequest;
  readonly #signal: AbortSignal;
  readonly #deadlineAtMs: number;
  readonly #parts: GenerationParts;
  readonly #journal = new AnswerJournal();
  readonly #budget: AttemptBudget;
  readonly #failures = new FailureRecord<EngineLink>();
  #sinceMs: number;
  #wasPlaced = false;
  #lastFailure: AttemptFailure | undefined;
  #silences = 0;
  #generationFailures = 0;
  #retellings = 0;
  #tokensBefore = 0;

  constructor(request: GenerateRequest, { signal, deadlineAtMs, parts }: GenerationOptions) {
    this.#request = request;
    this.#signal = signal;
    this.#deadlineAtMs = deadlineAtMs;
    this.#parts = parts;
    this.#sinceMs = parts.now();
    this.#budget = new AttemptBudget({ fruitlessMax: parts.attemptsMax });
  }

  async place(): Promise<Placement> {
    const wish: PlaceWish = {
      request: this.#request,
      failures: this.#failures,
      isUrgent: this.#wasPlaced,
      sinceMs: this.#sinceMs,
      hasFailed: this.#lastFailure !== undefined,
      signal: this.#signal,
    };
    try {
      const placement = await this.#parts.place(wish);
      this.#wasPlaced = true;
      return placement;
    } catch (error) {
      // Why an answer was lost says more than that nobody is there to go on with it.
      const isLost = this.#journal.hasBegun && !this.#signal.aborted;
      throw (isLost ? this.#ending(this.#lastFailure) : undefined) ?? error;
    }
  }

  async *attempt({ route, load }: Placement): AsyncGenerator<GenerateFrame, void, void> {
    const request = this.#request;
    this.#tokensBefore = this.#journal.tokens;
    const frames = runAttempt(request, {
      ...this.#parts.attemptParts({ route, load }, { request, silences: this.#silences }),
      ...{ route, load, now: this.#parts.now, signal: this.#signal },
      attempt: this.#budget.begin(),
      resume: this.#journal.resume,
      deadlineAtMs: this.#deadlineAtMs,
    });
    const { told } = this.#journal;
    if (told === undefined) {
      for await (const frame of frames) yield 'seq' in frame ? this.#journal.add(frame) : frame;
    } else {
      yield* this.#retell(frames, new RetoldAnswer(told));
    }
  }

  async *#retell(
    frames: AsyncIterable<GenerateFrame>,
    retold: RetoldAnswer,
  ): AsyncGenerator<GenerateFrame, void, void> {
    this.#retellings += 1;
    for await (const frame of frames) {
      const taken = 'seq' in frame ? retold.take(frame) : undefined;
      const isOther = taken?.kind === 'differs' || ('done' in frame && !retold.isBack);
      // Why the first was lost; that the second is another answer is nobody's fault.
      if (isOther) throw this.#ending(this.#lastFailure) ?? otherAnswer();
      if (taken === undefined) yield frame;
      else if (taken.kind === 'new') yield this.#journal.add(taken.frame);
    }
  }

  /** Returns when another attempt may begin. @throws what the request ends with */
  async failed({ route }: Placement, error: unknown): Promise<void> {
    if (!(error instanceof AttemptFailure)) throw error;
    this.#parts.onFailure(route, error);
    if (isRefusal(error)) {
      if (this.#budget.isSpent) throw error;
      return;
    }
    this.#record(route, error);
    const pauseMs = this.#pauseMs(route, error);
    if (pauseMs === undefined) throw this.#ending(error) ?? error;
    if (pauseMs === 0) return;
    await wait(pauseMs, undefined, { signal: this.#signal }).catch(() => {});
    this.#signal.throwIfAborted();
  }

  /** @returns undefined where there is no other try. */
  #pauseMs(route: Route<EngineLink>, { blame }: AttemptFailure): number | undefined {
    const isLost = this.#journal.hasBegun && !this.#journal.isResumable;
    if (isLost && !this.#canBeRetold(route)) return undefined;
    const isJudged = this.#generationFailures >= generationFailuresMax;
    if (blame === 'generation' && (isJudged || !this.#parts.hasAnother(route, this.#request.model)))
      return undefined;
    return this.#budget.failed({ broughtTokens: this.#journal.tokens > this.#tokensBefore });
  }

  /** Log probabilities are of tokens, and which are whose cannot be told where the same text is cut otherwise. Calls of functions are no text. */
  #canBeRetold(route: Route<EngineLink>): boolean {
    const { model, sampling, tools } = this.#request;
    return (
      this.#journal.told !== undefined &&
      sampling.logprobs === undefined &&
      tools === undefined &&
      this.#retellings < retellingsMax &&
      this.#parts.hasAnother(route, model)
    );
  }

  #record(route: Route<EngineLink>, failure: AttemptFailure): void {
    const { blame } = failure;
    this.#lastFailure = failure;
    this.#sinceMs = this.#parts.now();
    if (blame === 'silence') this.#silences += 1;
    if (blame === 'generation') this.#generationFailures += 1;
    this.#failures.add({
      workerId: route.worker.workerId,
      link: route.link,
      isOfWorker: blame !== 'engine',
    });
  }

  /** What the request ends with where its last try failed so. A channel that did not open is no reason that a caller knows. */
  #ending(failure: AttemptFailure | undefined): DrydockError | undefined {
    if (failure?.code !== 'RPC_ENGINE_UNREACHABLE') return failure;
    if (this.#journal.hasBegun) {
      return new DrydockError(
        'RPC_WORKER_LOST',
        'could not finish the generation: no worker could be reached to go on with it; send the request again',
        { cause: failure },
      );
    }
    return new DrydockError(
      'RPC_NO_WORKER',
      'could not place the generation: no worker is reachable; wait for one to register',
      { cause: failure },
    );
  }
}

function otherAnswer(): DrydockError<RpcErrorCode> {
  return new DrydockError(
    'RPC_WORKER_LOST',
    'could not finish the generation: another worker answers otherwise; send the request again',
  );
}
