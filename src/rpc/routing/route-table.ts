/**
 * The workers and the routes to them: the union over what the engines list. A route that is no longer listed takes no new
 * work and is kept while something runs over it; a worker without a route is forgotten. Pure.
 */
import type { WorkerInfo } from '../contract/worker.ts';
import { type Candidate, chooseRoute } from './choose-route.ts';
import { KnownWorker } from './known-worker.ts';
import { Route } from './route.ts';
import { isSlow } from './worker-pace.ts';

/** Of an engine, all that matters to the choice. */
export interface RouteLink {
  readonly availabilityZone: string;
  /** Its last question went unanswered. */
  readonly isSuspect: boolean;
}

export interface RouteTableOptions {
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Zone of the client. */
  readonly zone?: string | undefined;
}

/** Where one request has failed. */
export interface Failures<Link> {
  ofWorker(workerId: string): number;
  onRoute(workerId: string, link: Link): number;
}

export interface RouteWish<Link> {
  readonly model: string;
  readonly affinityKey?: string | undefined;
  readonly failures?: Failures<Link> | undefined;
}

/** How long a model counts as served after its last worker has gone: a restart is no reason to call it unknown. */
const modelMemoryMs = 60_000;
const modelsMax = 1024;

export class RouteTable<Link extends RouteLink> {
  readonly #options: RouteTableOptions;
  readonly #workers = new Map<string, KnownWorker>();
  readonly #routes = new Map<Link, Map<string, Route<Link>>>();
  /** When a worker with the model was last known, by its name. */
  readonly #modelSeenAtMs = new Map<string, number>();
  #turn = 0;

  constructor(options: RouteTableOptions) {
    this.#options = options;
  }

  routes(): readonly Route<Link>[] {
    return [...this.#routes.values()].flatMap((routes) => [...routes.values()]);
  }

  route(link: Link, workerId: string): Route<Link> | undefined {
    return this.#routes.get(link)?.get(workerId);
  }

  routesTo(workerId: string): readonly Route<Link>[] {
    return this.routes().filter(({ worker }) => worker.workerId === workerId);
  }

  /** Workers to which some route is open. */
  openWorkers(): readonly KnownWorker[] {
    return [...new Set(this.routes().flatMap((route) => (route.isOpen ? [route.worker] : [])))];
  }

  /** A worker with the model is or was there a moment ago. */
  hasServed(model: string): boolean {
    const seenAtMs = this.#modelSeenAtMs.get(model) ?? Number.NEGATIVE_INFINITY;
    return (
      this.#options.now() - seenAtMs < modelMemoryMs ||
      [...this.#workers.values()].some((each) => each.serves(model))
    );
  }

  /** What an engine lists now. */
  list(link: Link, infos: readonly WorkerInfo[]): void {
    const known = this.#routes.get(link) ?? new Map<string, Route<Link>>();
    this.#routes.set(link, known);
    const listed = new Set(infos.map(({ workerId }) => workerId));
    for (const route of known.values()) route.isListed = listed.has(route.worker.workerId);
    for (const info of infos) {
      const worker = this.#workers.get(info.workerId) ?? new KnownWorker(info, this.#options);
      this.#workers.set(info.workerId, worker);
      worker.info = info;
      if (!known.has(info.workerId)) known.set(info.workerId, new Route({ ...this.#options, worker, link }));
    }
    this.forgetUnlisted();
  }

  /** The engine is down: nothing goes over it any more. */
  drop(link: Link): void {
    const routes = [...(this.#routes.get(link)?.values() ?? [])];
    this.#routes.delete(link);
    for (const route of routes) {
      route.isListed = false;
      route.health.broke();
      route.tellDown();
    }
    this.#forgetWorkers();
  }

  /** To be called now and then: routes stay after their listing while something runs over them. */
  forgetUnlisted(): void {
    for (const routes of this.#routes.values()) {
      for (const [workerId, route] of routes) {
        if (!route.isListed && route.inflight === 0) routes.delete(workerId);
      }
    }
    this.#forgetWorkers();
  }

  /** Over which somebody who has the model can be asked something that takes no slot: the least busy first, each worker once. */
  openRoutesTo(model: string): readonly Route<Link>[] {
    const open = this.routes().filter((route) => route.isOpen && route.worker.serves(model));
    const byWorker = new Map(open.map((route) => [route.worker, route]));
    return [...byWorker.values()].toSorted((one, other) => one.worker.load.busy - other.worker.load.busy);
  }

  /** @returns the route for the next try, undefined where nobody has a free slot. Nothing is taken by that. */
  choose(wish: RouteWish<Link>): Route<Link> | undefined {
    this.#turn += 1;
    const open = this.routes().filter((route) => route.isOpen && route.worker.serves(wish.model));
    const chosen = chooseRoute(this.#candidates(open, wish), {
      zone: this.#options.zone,
      affinityKey: wish.affinityKey,
      turn: this.#turn,
    });
    return chosen?.route;
  }

  #candidates(
    open: readonly Route<Link>[],
    { failures }: RouteWish<Link>,
  ): readonly (Candidate & { readonly route: Route<Link> })[] {
    const nowMs = this.#options.now();
    const paces = new Map(open.map(({ worker }) => [worker, worker.pace.msPerToken(nowMs)]));
    return open.map((route) => {
      const { worker, link } = route;
      const { workerId, info, load } = worker;
      const others = [...paces].flatMap(([each, pace]) => (each === worker ? [] : [pace]));
      return {
        route,
        workerId,
        slots: info.slots,
        busy: load.busy,
        workerFailures: failures?.ofWorker(workerId) ?? 0,
        routeFailures: failures?.onRoute(workerId, link) ?? 0,
        isSuspect: route.health.isSuspect || link.isSuspect,
        isSlow: isSlow(paces.get(worker), others),
        workerZone: info.availabilityZone,
        engineZone: link.availabilityZone,
      };
    });
  }

  #forgetWorkers(): void {
    const reachable = new Set(this.routes().map(({ worker }) => worker.workerId));
    const nowMs = this.#options.now();
    for (const [workerId, worker] of this.#workers) {
      if (reachable.has(workerId)) continue;
      this.#workers.delete(workerId);
      for (const { name } of worker.info.models) this.#remember(name, nowMs);
    }
  }

  #remember(model: string, nowMs: number): void {
    this.#modelSeenAtMs.delete(model);
    this.#modelSeenAtMs.set(model, nowMs);
    for (const [name, seenAtMs] of this.#modelSeenAtMs) {
      if (this.#modelSeenAtMs.size <= modelsMax && nowMs - seenAtMs < modelMemoryMs) break;
      this.#modelSeenAtMs.delete(name);
    }
  }
}
