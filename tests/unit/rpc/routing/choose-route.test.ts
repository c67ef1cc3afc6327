import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Candidate, type ChoiceFacts, chooseRoute } from '../../../../src/rpc/routing/choose-route.ts';

function candidate(name: string, more: Partial<Candidate> = {}): Candidate & { readonly name: string } {
  return {
    name,
    workerId: name.split('/')[0] ?? '',
    slots: 4,
    busy: 0,
    workerFailures: 0,
    routeFailures: 0,
    isSuspect: false,
    isSlow: false,
    workerZone: 'a',
    engineZone: 'a',
    ...more,
  };
}

test.each<[string, string | undefined, readonly Candidate[], Partial<ChoiceFacts>]>([
  ['the least busy', 'w2', [candidate('w1', { busy: 1 }), candidate('w2')], {}],
  [
    'the least busy for its slots',
    'w2',
    [candidate('w1', { busy: 1 }), candidate('w2', { busy: 1, slots: 8 })],
    {},
  ],
  ['nobody where all are full', undefined, [candidate('w1', { busy: 4 }), candidate('w2', { busy: 5 })], {}],
  ['nobody where nobody is', undefined, [], {}],
  [
    'one not tried, though busier',
    'w2',
    [candidate('w1', { workerFailures: 1 }), candidate('w2', { busy: 3 })],
    {},
  ],
  [
    'the one tried less often',
    'w1',
    [candidate('w1', { workerFailures: 1 }), candidate('w2', { workerFailures: 2 })],
    {},
  ],
  [
    'another route to the same worker',
    'w1/y',
    [candidate('w1/x', { routeFailures: 1 }), candidate('w1/y')],
    {},
  ],
  [
    'one that is not in doubt, though slow',
    'w2',
    [candidate('w1', { isSuspect: true }), candidate('w2', { isSlow: true })],
    {},
  ],
  [
    'one that is not slow, though busier',
    'w2',
    [candidate('w1', { isSlow: true }), candidate('w2', { busy: 3 })],
    {},
  ],
  [
    'a slow one where the others are full',
    'w1',
    [candidate('w1', { isSlow: true }), candidate('w2', { busy: 4 })],
    {},
  ],
  [
    'one tried where the others are full',
    'w1',
    [candidate('w1', { workerFailures: 3 }), candidate('w2', { busy: 4 })],
    {},
  ],
  [
    'the nearest among near-equals',
    'w2',
    [candidate('w1', { workerZone: 'b', engineZone: 'b' }), candidate('w2', { busy: 1 })],
    { zone: 'a' },
  ],
  [
    'the least busy where the nearest is far busier',
    'w1',
    [candidate('w1', { workerZone: 'b', engineZone: 'b' }), candidate('w2', { busy: 2 })],
    { zone: 'a' },
  ],
  [
    'the engine in the own zone',
    'w1/a',
    [candidate('w1/b', { engineZone: 'b' }), candidate('w1/a'), candidate('w1/c', { engineZone: 'c' })],
    { zone: 'a' },
  ],
  [
    'no zone where it knows none',
    'w1',
    [candidate('w1', { workerZone: 'b' }), candidate('w2', { busy: 1 })],
    {},
  ],
])('takes %s', (_what, expected, routes, facts) => {
  for (const turn of [0, 1, 2]) {
    const chosen = chooseRoute(routes, { turn, ...facts });
    expect(chosen && 'name' in chosen && chosen.name).toBe(expected ?? undefined);
  }
});

test('equals take turns', () => {
  const routes = ['w1/x', 'w1/y', 'w2/x', 'w2/y'].map((name) => candidate(name));
  const taken = Array.from({ length: 4 }, (_, turn) => chooseRoute(routes, { turn })?.workerId);
  expect(new Set(taken)).toEqual(new Set(['w1', 'w2']));
});

test('a prompt stays with its worker until that has more than its share, and then with the next', () => {
  const busy = new Map([0, 1, 2, 3].map((index) => [`w${index}`, 0]));
  const routes = () => [...busy].map(([name, count]) => candidate(name, { slots: 16, busy: count }));
  const placed: string[] = [];
  for (let count = 0; count < 32; count += 1) {
    const { workerId = '' } = chooseRoute(routes(), { turn: count, affinityKey: 'key' }) ?? {};
    placed.push(workerId);
    busy.set(workerId, (busy.get(workerId) ?? 0) + 1);
    const mean = (count + 1) / 4;
    expect(busy.get(workerId)).toBeLessThanOrEqual(Math.max(Math.ceil(1.25 * mean), 4));
  }
  expect(new Set(placed.slice(0, 4)).size).toBe(1);
  expect(new Set(placed).size).toBe(4);
});

const anyCandidate = fc
  .record({
    worker: fc.nat(4),
    engine: fc.nat(2),
    busy: fc.nat(5),
    workerFailures: fc.nat(2),
    routeFailures: fc.nat(1),
    isSuspect: fc.boolean(),
    isSlow: fc.boolean(),
  })
  .map(({ worker, engine, ...facts }) =>
    candidate(`w${worker}/${engine}`, {
      ...facts,
      // Of the worker, whatever the route.
      busy: (facts.busy + worker) % 6,
      engineZone: `zone-${engine}`,
      workerZone: `zone-${worker % 3}`,
    }),
  );
const anyFacts = fc.record({
  turn: fc.nat(),
  zone: fc.option(fc.constantFrom('zone-0', 'zone-1'), { nil: undefined }),
  affinityKey: fc.option(fc.string(), { nil: undefined }),
});

test('takes somebody exactly when somebody has a free slot, and never one that is worse by what failed', () => {
  fc.assert(
    fc.property(fc.array(anyCandidate, { maxLength: 12 }), anyFacts, (routes, facts) => {
      const chosen = chooseRoute(routes, facts);
      const free = routes.filter(({ busy, slots }) => busy < slots);
      expect(chosen !== undefined).toBe(free.length > 0);
      if (chosen === undefined) return;
      expect(free).toContain(chosen);
      const best = Math.min(...free.map(({ workerFailures }) => workerFailures));
      expect(chosen.workerFailures).toBe(best);
      expect(chooseRoute(routes, facts)).toBe(chosen);
    }),
    { numRuns: 500 },
  );
});
