import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSilent, planStrike, planStrikes } from '../../../../sim/drill/plan-strike.ts';
import { linksOf, targetOf } from '../../../../sim/drill/plan-swizzle.ts';
import { describeAction, faultNames, isDisturbing, type Strike } from '../../../../sim/drill/strike.ts';
import { topology } from './drilled.ts';

const seeds = fc.integer({ min: 1, max: 1_000_000 });
const words = ({ steps }: Strike) => steps.map(({ action }) => describeAction(action));
const many = Array.from({ length: 60 }, (_, seed) => seed);

test.each(faultNames)('%s leaves everything as it was, and the same seed plans the same', (fault) => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const strike = planStrike(fault, { topology, seed });
      expect(planStrike(fault, { topology, seed })).toStrictEqual(strike);
      const broken = new Set<string>();
      for (const { action } of strike.steps) {
        const { kind, target } = action;
        // Nothing is broken twice, and nothing is healed that is whole.
        expect(broken.has(target)).toBe(!isDisturbing(action));
        if (kind === 'heal') broken.delete(target);
        else if (kind !== 'restart') broken.add(target);
      }
      expect([...broken]).toStrictEqual([]);
    }),
    { numRuns: 50 },
  );
});

test.each([
  ['worker-killed', 3],
  ['gateway-killed', 2],
  ['engine-frozen', 2],
  ['zone-cut', 2],
  ['gateway-engine-cut', 4],
  // Gateways and workers with both engines, each way.
  ['one-direction-cut', 20],
] as const)('%s comes in %i ways, by seed', (fault, ways) => {
  const plans = Array.from({ length: 400 }, (_, seed) => words(planStrike(fault, { topology, seed })).join());
  expect(new Set(plans).size).toBe(ways);
});

test('clients enter by the gateway of the zone that is not cut', () => {
  for (const seed of many) {
    const { steps, entrances } = planStrike('zone-cut', { topology, seed });
    const [zone] = steps.flatMap(({ action }) => (action.kind === 'cut' ? [action.target] : []));
    expect(entrances).toStrictEqual([zone === 'eu-west-1a' ? 'gateway-1' : 'gateway-0']);
  }
});

test('swizzled links always leave each gateway a path through an engine to a worker', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const { steps } = planStrike('swizzled-links', { topology, seed });
      const cut = new Set<string>();
      for (const { action } of steps) {
        if (action.kind === 'cut') cut.add(action.target);
        else if (action.kind === 'heal') cut.delete(action.target);
        const up = (dialler: string, engine: string) => !cut.has(`${dialler}/${engine}`);
        const isReachable = topology.gateways.every((gateway) =>
          topology.engines.some(
            ({ id }) => up(gateway.id, id) && topology.workers.some((worker) => up(worker.id, id)),
          ),
        );
        expect(isReachable).toBe(true);
      }
    }),
  );
});

test('swizzled links are healed in another order than cut, at least three of them, and over the seeds each of them', () => {
  const plans = many.map((seed) => planStrike('swizzled-links', { topology, seed }));
  const orders = plans.map(({ steps }) => {
    const names = (kind: string) =>
      steps.flatMap(({ action }) => (action.kind === kind ? [action.target] : []));
    return { cut: names('cut'), healed: names('heal') };
  });
  for (const { cut, healed } of orders) {
    expect(cut.length).toBeGreaterThanOrEqual(3);
    expect(new Set(healed)).toStrictEqual(new Set(cut));
    expect(healed).not.toStrictEqual(cut);
  }
  expect(new Set(orders.flatMap(({ cut }) => cut))).toStrictEqual(new Set(linksOf(topology).map(targetOf)));
});

test('a rolling restart restarts each program once', () => {
  const { steps } = planStrike('rolling-restart', { topology, seed: 1 });
  const all = [topology.gateways, topology.engines, topology.workers].flat().map(({ id }) => id);
  expect(words({ fault: 'rolling-restart', steps }).toSorted()).toStrictEqual(
    all.map((id) => `restart ${id}`).toSorted(),
  );
});

test('strikes the more often the more requests there are, and elsewhere', () => {
  const plan = (requests: number) => planStrikes('one-direction-cut', { topology, seed: 1, requests });
  expect([40, 799, 800, 1_600, 8_000].map((requests) => plan(requests).length)).toStrictEqual([
    1, 1, 2, 4, 4,
  ]);
  expect(new Set(plan(800).map((strike) => words(strike).join())).size).toBeGreaterThan(1);
  expect(planStrikes('rolling-restart', { topology, seed: 1, requests: 800 })).toHaveLength(1);
  // Clients are told once which zone they are to avoid.
  const zones = planStrikes('zone-cut', { topology, seed: 1, requests: 800 });
  expect(new Set(zones.map((strike) => words(strike).join())).size).toBe(1);
});

test('tells deaths, which close connections, from silence', () => {
  const silent = faultNames.filter((fault) => isSilent(planStrike(fault, { topology, seed: 1 })));
  expect(silent).toStrictEqual([
    'worker-frozen',
    'engine-frozen',
    'zone-cut',
    'one-direction-cut',
    'gateway-engine-cut',
    'swizzled-links',
  ]);
});
