/**
 * A day of a gateway by a clock that is moved by hand: workers come and go, routes fail and recover, requests wait, run and give up. Afterwards
 * nothing is known of who has left. Routing, queue and a worker's memory of requests are real; engines and sockets are left out.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import type { WorkerInfo } from '../../../src/rpc/contract/worker.ts';
import { Admission } from '../../../src/rpc/queue/admission.ts';
import { FinishingRate } from '../../../src/rpc/queue/finishing-rate.ts';
import type { Route } from '../../../src/rpc/routing/route.ts';
import { type RouteLink, RouteTable } from '../../../src/rpc/routing/route-table.ts';
import { RunningRequests } from '../../../src/rpc/transport/running-requests-runtime.ts';
import { FakeClock } from './fake-clock.ts';

const stepMs = 1000;
const steps = 24 * 3600;
const workersAtOnce = 4;
const stepsBetweenChanges = 30;
const heapBytesMax = 4 * 1024 * 1024;

interface Running {
  readonly route: Route<RouteLink>;
  readonly load: Disposable;
  readonly endsAtStep: number;
}

/** The same day each time. */
function drawFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

function infoOf(index: number): WorkerInfo {
  const models = [
    { name: `model-${index % 3}`, contextTokensMax: 64 },
    { name: `once-${index}`, contextTokensMax: 64 },
  ];
  return { kind: 'infer', workerId: `worker-${index}`, availabilityZone: 'a', models, slots: 2 };
}

test('24 hours leave no ghost worker, no route too many, nobody in the queue, and a flat heap', async () => {
  const clock = new FakeClock();
  const random = drawFrom(7);
  const table = new RouteTable<RouteLink>({ now: clock.now, random });
  const links: readonly RouteLink[] = ['a', 'b'].map((availabilityZone) => ({
    availabilityZone,
    isSuspect: false,
  }));
  const admission = new Admission<Route<RouteLink>>({ now: clock.now, lengthMax: 32 });
  const rate = new FinishingRate({ now: clock.now });
  const requests = new RunningRequests({ slots: 4, now: clock.now });
  const alive = Array.from({ length: workersAtOnce }, (_, index) => infoOf(index));
  let [joined, asked, served, refused, early] = [workersAtOnce, 0, 0, 0, 0];
  let running: Running[] = [];

  const beat = () => {
    for (const route of table.routes()) {
      const askedAtMs = clock.now();
      if (random() < 0.02) route.health.missed(askedAtMs);
      else {
        route.health.answered();
        const waiting = 0;
        const health = {
          running: route.worker.load.inflight,
          waiting,
          slots: 2,
          isDraining: false,
          models: [],
        };
        route.worker.report({ ...health, unixMs: 1e12 + askedAtMs }, askedAtMs);
      }
      if (random() < 0.01) for (let count = 0; count < 3; count += 1) route.breaker.failed();
    }
  };
  const ask = (step: number) => {
    asked += 1;
    const model = `model-${asked % 3}`;
    const take = () => {
      const route = table.choose({ model });
      if (route !== undefined)
        running.push({ route, load: route.begin(), endsAtStep: step + 1 + (asked % 3) });
      return route;
    };
    const caller = `caller-${asked % 5}`;
    const until = { untilMs: clock.now() + 10_000, signal: new AbortController().signal };
    const entered = admission.enter({
      ...{ caller, take, ...until, priority: 0, isUrgent: false, group: model },
      refusal: (_why, ahead) => new Error(`again in ${rate.retryAfterMs(ahead)} ms`),
    });
    entered.then(
      () => {
        served += 1;
      },
      () => {
        refused += 1;
      },
    );
  };
  const end = (step: number) => {
    for (const { route, load, endsAtStep } of running) {
      if (endsAtStep > step) continue;
      load[Symbol.dispose]();
      rate.finished();
      route.breaker.succeeded();
    }
    running = running.filter(({ endsAtStep }) => endsAtStep > step);
  };

  for (let step = 0; step < steps; step += 1) {
    clock.pass(stepMs);
    if (step % stepsBetweenChanges === 0) {
      alive.shift();
      alive.push(infoOf(joined));
      joined += 1;
    }
    // Now and then an engine is away.
    for (const link of links) {
      if (random() < 0.005) table.drop(link);
      else table.list(link, alive);
    }
    beat();
    end(step);
    for (let count = Math.floor(random() * 4); count > 0; count -= 1) ask(step);
    admission.serve();
    admission.expire();
    (await requests.start(`request-${step}`, 0))[Symbol.dispose]();
    if (step % 500 === 0) await new Promise(setImmediate);
    if (step === Math.floor(steps / 6)) early = heapBytes();
  }
  // Whoever still waits is served or gives up.
  for (let step = steps; step < steps + 20; step += 1) {
    clock.pass(stepMs);
    for (const link of links) table.list(link, alive);
    for (const { health } of table.routes()) health.answered();
    end(step);
    admission.serve();
    admission.expire();
    await new Promise(setImmediate);
  }
  table.forgetUnlisted();
  expect([admission.length, running.length, requests.count]).toEqual([0, 0, 0]);
  expect(served + refused).toBe(asked);
  expect(served).toBeGreaterThan(asked / 2);
  const names = alive.map(({ workerId }) => workerId).sort();
  expect(new Set(table.routes().map(({ worker }) => worker.workerId))).toEqual(new Set(names));
  expect(table.routes().map(({ isListed, inflight }) => [isListed, inflight])).toEqual(
    Array(workersAtOnce * links.length).fill([true, 0]),
  );
  expect([table.hasServed('once-5'), table.hasServed(`once-${joined - 1}`)]).toEqual([false, true]);
  expect(heapBytes() - early).toBeLessThan(heapBytesMax);
});
