/** From a fault's name and a seed to what is done to whom. Pure: the same seed plans the same strike. */
import { type Random, randomFrom } from '../generate/index.ts';
import { planSwizzle } from './plan-swizzle.ts';
import type { FaultName, Step, Strike } from './strike.ts';
import type { Member, Topology } from './topology.ts';

type Plan = (topology: Topology, random: Random) => Omit<Strike, 'fault'>;

/** A machine's replacement takes at least as long. */
const deadMs = 1_000;
/** Longer than anybody may take to notice what gives no sign. */
const silentMs = 4_000;
/** Between two restarts, as somebody who restarts a service waits until what came back is in use. */
const settleMs = 2_500;

const plans: Readonly<Record<FaultName, Plan>> = {
  'worker-killed': ({ workers }, random) => killed(one(workers, random)),
  'gateway-killed': ({ gateways }, random) => killed(one(gateways, random)),
  'engine-killed': ({ engines }, random) => killed(one(engines, random)),
  'worker-frozen': ({ workers }, random) => frozen(one(workers, random)),
  'engine-frozen': ({ engines }, random) => frozen(one(engines, random)),
  'zone-cut': ({ gateways }, random) => {
    const spared = one(gateways, random);
    const [zone] = gateways.filter((gateway) => gateway.zone !== spared.zone).map((gateway) => gateway.zone);
    if (zone === undefined) throw new TypeError('a zone can be cut where gateways are in two');
    return {
      ...cut(zone),
      entrances: gateways.filter((gateway) => gateway.zone !== zone).map(({ id }) => id),
    };
  },
  'one-direction-cut': ({ gateways, engines, workers }, random) => {
    const ends = [one(random.chance(0.5) ? gateways : workers, random).id, one(engines, random).id];
    return cut((random.chance(0.5) ? ends : ends.toReversed()).join('/'), true);
  },
  'gateway-engine-cut': ({ gateways, engines }, random) =>
    cut(`${one(gateways, random).id}/${one(engines, random).id}`),
  'swizzled-links': (topology, random) => ({ steps: planSwizzle(topology, random) }),
  'rolling-restart': ({ gateways, engines, workers }, random) => ({
    steps: random
      .some([...gateways, ...engines, ...workers], Number.POSITIVE_INFINITY)
      .map(({ id }): Step => ({ action: { kind: 'restart', target: id }, holdMs: settleMs })),
  }),
};

export interface StrikeOptions {
  readonly topology: Topology;
  readonly seed: number;
}

/** @throws TypeError for a topology in which the fault cannot be. */
export function planStrike(fault: FaultName, { topology, seed }: StrikeOptions): Strike {
  return { fault, ...plans[fault](topology, randomFrom(seed)) };
}

/** One strike needs so many requests to be seen. */
const requestsPerStrike = 400;
const strikesMax = 4;

/** The more requests there are, the more often it strikes, each time elsewhere. */
export function planStrikes(
  fault: FaultName,
  { topology, seed, requests }: StrikeOptions & { readonly requests: number },
): readonly [Strike, ...Strike[]] {
  const first = planStrike(fault, { topology, seed });
  // A rolling restart strikes everything as it is.
  const count =
    fault === 'rolling-restart' ? 1 : Math.min(strikesMax, Math.floor(requests / requestsPerStrike));
  // Clients are told once which zone they are to avoid.
  const seedOf = (index: number) => (fault === 'zone-cut' ? seed : seed + index);
  const others = Array.from({ length: Math.max(0, count - 1) }, (_, index) =>
    planStrike(fault, { topology, seed: seedOf(index + 1) }),
  );
  return [first, ...others];
}

/** Whether nobody is told of it: no connection closes, there is silence alone. */
export function isSilent({ steps }: Strike): boolean {
  return steps.some(({ action }) => action.kind === 'freeze' || action.kind === 'cut');
}

function one(members: readonly Member[], random: Random): Member {
  const [first, ...others] = members;
  if (first === undefined) throw new TypeError('a drill needs gateways, engines and workers');
  return random.pick([first, ...others]);
}

function killed({ id: target }: Member): { readonly steps: readonly Step[] } {
  return {
    steps: [
      { action: { kind: 'kill', target }, holdMs: deadMs },
      { action: { kind: 'heal', target }, holdMs: 0 },
    ],
  };
}

function frozen({ id: target }: Member): { readonly steps: readonly Step[] } {
  return {
    steps: [
      { action: { kind: 'freeze', target }, holdMs: silentMs },
      { action: { kind: 'heal', target }, holdMs: 0 },
    ],
  };
}

function cut(target: string, isOneWay = false): { readonly steps: readonly Step[] } {
  return {
    steps: [
      { action: { kind: 'cut', target, isOneWay }, holdMs: silentMs },
      { action: { kind: 'heal', target }, holdMs: 0 },
    ],
  };
}
