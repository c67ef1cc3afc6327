import fc from 'fast-check';
import { expect, test } from 'vitest';
import { beatEveryMs, RouteHealth } from '../../../../src/rpc/routing/route-health.ts';
import { even, FakeClock } from '../fake-clock.ts';

function healthyRoute() {
  const clock = new FakeClock();
  const health = new RouteHealth({ now: clock.now, random: even });
  expect([health.phase, health.isBeatDue]).toEqual(['new', true]);
  health.asked();
  expect(health.answered()).toBe(true);
  health.settled();
  return { clock, health };
}

/** A question that brings nothing for 500 ms. @returns whether the route went down. */
function ignored({ clock, health }: ReturnType<typeof healthyRoute>): boolean {
  const askedAtMs = clock.ms;
  health.asked();
  clock.pass(500);
  const hasFallen = health.missed(askedAtMs);
  health.settled();
  return hasFallen;
}

test('two questions without an answer make a route down, one does not', () => {
  const route = healthyRoute();
  route.clock.pass(beatEveryMs);
  expect(ignored(route)).toBe(false);
  expect([route.health.isUp, route.health.isSuspect, route.health.isBeatDue]).toEqual([true, true, true]);
  expect(ignored(route)).toBe(true);
  expect([route.health.phase, ignored(route)]).toEqual(['down', false]);
});

test('silence is found out within 1.5 s of the last word', () => {
  const route = healthyRoute();
  const saidLastMs = route.clock.ms;
  for (let isUp = true; isUp; ) {
    while (!route.health.isBeatDue) route.clock.pass(10);
    isUp = !ignored(route);
  }
  expect(route.clock.ms - saidLastMs).toBeLessThan(1500);
});

test('whatever comes over the route while a question waits counts as its answer', () => {
  const route = healthyRoute();
  for (let count = 0; count < 10; count += 1) {
    const askedAtMs = route.clock.ms;
    route.health.asked();
    route.clock.pass(400);
    route.health.prove();
    route.clock.pass(100);
    expect(route.health.missed(askedAtMs)).toBe(false);
    route.health.settled();
  }
  expect([route.health.isUp, route.health.isSuspect]).toEqual([true, false]);
});

test('a worker that takes 700 ms for every answer stays up', () => {
  const route = healthyRoute();
  let askedAtMs = route.clock.ms;
  for (let count = 0; count < 10; count += 1) {
    route.clock.pass(500);
    expect(route.health.missed(askedAtMs)).toBe(false);
    askedAtMs = route.clock.ms;
    route.clock.pass(200);
    route.health.answered();
  }
});

test('a frame does not raise a route that is down, an answer does', () => {
  const route = healthyRoute();
  route.clock.pass(beatEveryMs);
  ignored(route);
  ignored(route);
  route.health.prove();
  expect(route.health.phase).toBe('down');
  expect([route.health.answered(), route.health.phase]).toEqual([true, 'up']);
});

test('a route that is known to lead nowhere is down at once, and only its fall is told', () => {
  const { health } = healthyRoute();
  expect([health.broke(), health.phase, health.broke()]).toEqual([true, 'down', false]);
  const fresh = new RouteHealth({ now: () => 0, random: even });
  expect([fresh.broke(), fresh.phase]).toEqual([false, 'down']);
});

test('a route that speaks is not asked, until the counts of its worker are old', () => {
  const { clock, health } = healthyRoute();
  let skipped = 0;
  for (; clock.ms < 3000; clock.pass(50)) {
    health.prove();
    if (!health.isBeatDue) continue;
    if (!health.skipBeat()) break;
    skipped += 1;
  }
  expect(clock.ms).toBeGreaterThan(900);
  expect(clock.ms).toBeLessThan(1300);
  expect(skipped).toBeGreaterThan(1);
});

test('a silent route is asked, one that is down ever more seldom, yet every 1.5 s', () => {
  const route = healthyRoute();
  route.clock.pass(beatEveryMs);
  expect(route.health.skipBeat()).toBe(false);
  const pauses: number[] = [];
  for (let count = 0; count < 10; count += 1) {
    ignored(route);
    const fromMs = route.clock.ms;
    while (!route.health.isBeatDue) route.clock.pass(1);
    pauses.push(route.clock.ms - fromMs);
  }
  expect(pauses).toEqual([0, 600, 900, 1200, 1500, 1500, 1500, 1500, 1500, 1500]);
});

test('no second question leaves while one waits', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('ask', 'settle', 'pass'), { maxLength: 40 }), (steps) => {
      const clock = new FakeClock();
      const health = new RouteHealth({ now: clock.now, random: even });
      let waiting = 0;
      for (const step of steps) {
        if (step === 'pass') clock.pass(400);
        else if (step === 'settle' && waiting > 0) {
          waiting -= 1;
          health.settled();
        } else if (step === 'ask' && health.isBeatDue) {
          waiting += 1;
          health.asked();
        }
        expect(waiting).toBeLessThanOrEqual(1);
        if (waiting === 1) expect(health.isBeatDue).toBe(false);
      }
    }),
    { numRuns: 100 },
  );
});
