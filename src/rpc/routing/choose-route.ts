/**
 * Which route gets the next try of a request, among those that lead to the model, are up and have a free slot. What failed
 * or is slow comes last; then whoever knows the prompt's beginning, unless it has more than its share; then the least busy, the
 * nearest among near-equals. Pure.
 */
import { rankByAffinity } from './prompt-affinity.ts';

export interface Candidate {
  readonly workerId: string;
  readonly slots: number;
  /** Generations of everybody on the worker, as far as is known. */
  readonly busy: number;
  /** How often this request has failed on the worker. */
  readonly workerFailures: number;
  /** How often this request has failed on the way to it: on this route or its engine. */
  readonly routeFailures: number;
  /** Its last question brought nothing, or its engine's. */
  readonly isSuspect: boolean;
  readonly isSlow: boolean;
  readonly workerZone: string;
  readonly engineZone: string;
}

export interface ChoiceFacts {
  /** Zone of the client. Absent: none is nearer. */
  readonly zone?: string | undefined;
  /** Of the prompt's beginning. Absent: nobody knows it. */
  readonly affinityKey?: string | undefined;
  /** Rises with each choice, so that equals take turns. */
  readonly turn: number;
}

/** What a worker may carry for the prompts that it knows: of the mean of all, or else of its slots, where hardly anything runs. */
const loadBound = 1.25;
const slotsBound = 0.25;

/** @returns undefined when nobody has a free slot. */
export function chooseRoute<Route extends Candidate>(
  routes: readonly Route[],
  facts: ChoiceFacts,
): Route | undefined {
  const free = routes.filter(({ busy, slots }) => busy < slots);
  const best = least(free, standing);
  const known =
    facts.affinityKey === undefined ? undefined : knower(best, { key: facts.affinityKey, all: routes });
  const chosen = known ?? leastBusy(best, facts);
  return chosen && shortestWay(best, { workerId: chosen.workerId, facts });
}

/** Least is best, the first number counts most. */
function standing(route: Candidate): readonly number[] {
  return [route.workerFailures, route.routeFailures, Number(route.isSuspect), Number(route.isSlow)];
}

/** Mirrokni, Thorup, Zadimoghaddam: consistent hashing with bounded loads (2016). */
function knower<Route extends Candidate>(
  routes: readonly Route[],
  { key, all }: { key: string; all: readonly Candidate[] },
): Route | undefined {
  const everybody = distinct(all);
  const slots = everybody.reduce((sum, worker) => sum + worker.slots, 0);
  const busy = everybody.reduce((sum, worker) => sum + worker.busy, 0);
  const share = (loadBound * (busy + 1)) / slots;
  return rankByAffinity(distinct(routes), key).find(
    (worker) => worker.busy < Math.ceil(Math.max(share, slotsBound) * worker.slots),
  );
}

function leastBusy<Route extends Candidate>(
  routes: readonly Route[],
  { zone, turn }: ChoiceFacts,
): Route | undefined {
  const leastLoad = Math.min(...routes.map(load));
  // Within one generation of the least busy one, a way through fewer zones counts more.
  const nearEquals =
    zone === undefined ? routes : routes.filter((route) => load(route) <= leastLoad + 1 / route.slots);
  const nearest = least(nearEquals, (route) => [
    zone === undefined ? 0 : crossings(route, zone),
    load(route),
  ]);
  return takeTurns(nearest, turn);
}

function shortestWay<Route extends Candidate>(
  routes: readonly Route[],
  { workerId, facts: { zone, turn } }: { workerId: string; facts: ChoiceFacts },
): Route | undefined {
  const ways = routes.filter((route) => route.workerId === workerId);
  const nearest = least(ways, (route) => [zone === undefined ? 0 : crossings(route, zone)]);
  return takeTurns(nearest, turn);
}

function takeTurns<Route>(routes: readonly Route[], turn: number): Route | undefined {
  return routes[turn % routes.length];
}

/** Borders between zones on the way to the worker. */
function crossings({ engineZone, workerZone }: Candidate, zone: string): number {
  return Number(engineZone !== zone) + Number(workerZone !== engineZone);
}

function load({ busy, slots }: Candidate): number {
  return busy / slots;
}

function distinct<Route extends Candidate>(routes: readonly Route[]): readonly Route[] {
  return [...new Map(routes.map((route) => [route.workerId, route])).values()];
}

/** All that share the least rating, in their order. */
function least<Route>(routes: readonly Route[], rate: (route: Route) => readonly number[]): readonly Route[] {
  let best: readonly number[] | undefined;
  let kept: Route[] = [];
  for (const route of routes) {
    const rating = rate(route);
    const order = best === undefined ? -1 : compare(rating, best);
    if (order < 0) {
      best = rating;
      kept = [route];
    } else if (order === 0) {
      kept.push(route);
    }
  }
  return kept;
}

function compare(left: readonly number[], right: readonly number[]): number {
  for (const [index, value] of left.entries()) {
    const difference = value - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
