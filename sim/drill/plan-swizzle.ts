/**
 * Links between gateways and engines and between workers and engines, cut one by one and healed in another order. At every moment each gateway
 * reaches some worker through some engine, so that what it has begun can go on. Pure.
 */
import type { Random } from '../generate/index.ts';
import type { Step } from './strike.ts';
import type { Topology } from './topology.ts';

export interface Link {
  /** A gateway or a worker. */
  readonly dialler: string;
  readonly engine: string;
}

/** Long enough for what is cut to be noticed sometimes, and sometimes not. */
const holdMs = 800;

export function planSwizzle(topology: Topology, random: Random): readonly Step[] {
  const links = random.some(linksOf(topology), Number.POSITIVE_INFINITY);
  const wanted = random.integer(3, Math.max(3, links.length - 3));
  const cuts: Link[] = [];
  for (const link of links) {
    if (cuts.length < wanted && hasPaths(topology, [...cuts, link])) cuts.push(link);
  }
  // Cut in one order, healed in another: what is cut shrinks again, so paths that are there at the widest cut are there all the time.
  const drawn = random.some(cuts, Number.POSITIVE_INFINITY);
  const heals = drawn.every((link, index) => link === cuts[index]) ? drawn.toReversed() : drawn;
  return [
    ...cuts.map((link): Step => ({ action: { kind: 'cut', target: targetOf(link) }, holdMs })),
    ...heals.map((link): Step => ({ action: { kind: 'heal', target: targetOf(link) }, holdMs })),
  ];
}

export function linksOf({ gateways, engines, workers }: Topology): readonly Link[] {
  return [...gateways, ...workers].flatMap(({ id: dialler }) =>
    engines.map(({ id: engine }) => ({ dialler, engine })),
  );
}

/** Whether each gateway reaches a worker by an engine while these links are cut. */
function hasPaths({ gateways, engines, workers }: Topology, cut: readonly Link[]): boolean {
  const reaches = (dialler: string, engine: string) =>
    !cut.some((link) => link.dialler === dialler && link.engine === engine);
  return gateways.every((gateway) =>
    engines.some(({ id }) => reaches(gateway.id, id) && workers.some((worker) => reaches(worker.id, id))),
  );
}

export function targetOf({ dialler, engine }: Link): string {
  return `${dialler}/${engine}`;
}
