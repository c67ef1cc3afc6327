/** Which worker, over which engine, gets the next try of a request. Pure. */
import type { WorkerInfo } from '../contract/worker.ts';

export interface Route<Link> {
  readonly worker: WorkerInfo;
  readonly link: Link;
}

export interface ChoiceFacts<Link> {
  readonly model: string;
  /** Generations of this client that run on a worker. */
  readonly inflight: (workerId: string) => number;
  /** Links that failed a moment ago: taken only where no other leads there. */
  readonly isSuspect: (link: Link) => boolean;
  readonly isExcluded: (route: Route<Link>) => boolean;
  /** Tried before by the same request: taken only where there is no other. */
  readonly isTried: (workerId: string) => boolean;
  /** Rises with each choice, so that equals take turns. */
  readonly turn: number;
}

/** @returns undefined when no route leads to the model. */
export function chooseRoute<Link>(
  routes: readonly Route<Link>[],
  facts: ChoiceFacts<Link>,
): Route<Link> | undefined {
  const rated = routes
    .filter((route) => route.worker.models.some(({ name }) => name === facts.model))
    .filter((route) => !facts.isExcluded(route))
    .map((route) => ({ route, rating: rate(route, facts) }));
  const best = rated.reduce<readonly number[] | undefined>(
    (least, { rating }) => (least === undefined || compare(rating, least) < 0 ? rating : least),
    undefined,
  );
  if (best === undefined) return undefined;
  const equals = rated.filter(({ rating }) => compare(rating, best) === 0);
  return equals[facts.turn % equals.length]?.route;
}

/** Least is best, the first number counts most. */
function rate<Link>({ worker, link }: Route<Link>, facts: ChoiceFacts<Link>): readonly number[] {
  return [
    facts.isTried(worker.workerId) ? 1 : 0,
    facts.isSuspect(link) ? 1 : 0,
    facts.inflight(worker.workerId) / worker.slots,
  ];
}

function compare(left: readonly number[], right: readonly number[]): number {
  for (const [index, value] of left.entries()) {
    const difference = value - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
