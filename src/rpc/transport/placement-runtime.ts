/** Gives each try of a request its route: at once where a slot is free, else after a wait of its turn in the queue. */
import type { GenerateRequest } from '../contract/generate.ts';
import { DrydockError, type RpcErrorCode } from '../errors.ts';
import type { InferenceClientLimits } from '../inference.ts';
import { Admission } from '../queue/admission.ts';
import { FinishingRate } from '../queue/finishing-rate.ts';
import { affinityKeyOf } from '../routing/prompt-affinity.ts';
import type { Route } from '../routing/route.ts';
import type { RouteTable } from '../routing/route-table.ts';
import type { EngineLink } from './engine-link-runtime.ts';
import type { Placement, PlaceWish } from './generation-runtime.ts';

export interface PlacementsOptions {
  readonly table: RouteTable<EngineLink>;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  readonly limits: InferenceClientLimits;
}

export class Placements {
  readonly #options: PlacementsOptions;
  readonly #admission: Admission<Placement>;
  readonly #rate: FinishingRate;

  constructor(options: PlacementsOptions) {
    const { now, limits } = options;
    this.#options = options;
    this.#admission = new Admission({ now, lengthMax: limits.queueLengthMax });
    this.#rate = new FinishingRate({ now });
  }

  /** Slots may have become free, or routes have come. */
  serve(): void {
    this.#admission.serve();
  }

  expire(): void {
    this.#admission.expire();
  }

  /** @throws DrydockError RPC_NO_WORKER, RPC_MODEL_UNKNOWN, RPC_OVERLOADED, the signal's reason */
  async place(wish: PlaceWish, caller: string): Promise<Placement> {
    const { request, failures, isUrgent, hasFailed, sinceMs, signal } = wish;
    const { limits, table } = this.#options;
    const affinityKey = affinityKeyOf(request);
    if (!table.hasServed(request.model)) throw this.nobody(request);
    const take = (): Placement | undefined => {
      const route = table.choose({ model: request.model, affinityKey, failures });
      return route && this.#take(route);
    };
    return await this.#admission.enter({
      ...{ caller, isUrgent, signal, take },
      priority: request.priority ?? 0,
      group: request.model,
      untilMs: sinceMs + (hasFailed ? limits.resumeMsMax : limits.queueMsMax),
      refusal: (why, ahead) => this.#refusal(request, { why, ahead }),
    });
  }

  #take(route: Route<EngineLink>): Placement {
    const run = route.begin();
    let isOver = false;
    return {
      route,
      load: {
        [Symbol.dispose]: () => {
          if (isOver) return;
          isOver = true;
          run[Symbol.dispose]();
          this.#rate.finished();
          this.#admission.serve();
        },
      },
    };
  }

  #refusal(request: GenerateRequest, { why, ahead }: { why: 'full' | 'late'; ahead: number }): DrydockError {
    const isServed = this.#options.table.openWorkers().some((worker) => worker.serves(request.model));
    if (why === 'late' && !isServed) return this.nobody(request);
    const reason = why === 'full' ? 'too many requests wait already' : 'no worker became free in time';
    return new DrydockError<RpcErrorCode>(
      'RPC_OVERLOADED',
      `could not place the generation: ${reason}; send the request again after a while`,
      { details: { retryAfterMs: this.#rate.retryAfterMs(ahead) } },
    );
  }

  /** Why nobody can be asked. */
  nobody({ model }: Pick<GenerateRequest, 'model'>): DrydockError<RpcErrorCode> {
    const { table } = this.#options;
    if (table.hasServed(model) || table.openWorkers().length === 0) {
      return new DrydockError(
        'RPC_NO_WORKER',
        'could not place the generation: no worker is reachable; wait for one to register',
      );
    }
    return new DrydockError(
      'RPC_MODEL_UNKNOWN',
      `could not place the generation: no worker serves model "${model}"; ask for one that is listed`,
    );
  }
}
