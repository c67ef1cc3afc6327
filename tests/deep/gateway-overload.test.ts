/** A gateway at ten times what its workers can do: it sheds what is too much, keeps its memory, and what it has accepted keeps its pace. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { until } from '../support/until.ts';
import {
  nodeFiles,
  type Runtime,
  runtimes,
  startGateway,
  startProgram,
} from '../unit/gateway/gateway-program.ts';
import { ask, type Outcome, overload } from './overload-clients.ts';

const tokens = 5;
const tokenMs = 20;
const slots = 4;
/** Answers in a second, were there nothing but the tokens. */
const capacity = (slots * 1000) / (tokens * tokenMs);
const residentMiBMax = 512;
const requests: Readonly<Record<Runtime, number>> = { bun: 20_000, node: 2_000 };

const programPath = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

function residentMiB(pid: number | undefined): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const mostOf = (values: readonly number[]) => values.reduce((most, value) => Math.max(most, value), 0);

const adminKey = 'key-of-root';
const adminKeys = JSON.stringify([
  { id: 'root', sha256: createHash('sha256').update(adminKey).digest('hex'), admin: true },
]);
const workersSchema = z.object({ routes: z.array(z.object({ inflight: z.int() })).min(1) });

/** Generations that the gateway has at workers. */
async function inWork(internalUrl: string): Promise<number> {
  const headers = { authorization: `Bearer ${adminKey}` };
  const answer = await fetch(`${internalUrl}/admin/workers`, { headers });
  const { routes } = workersSchema.parse(await answer.json());
  return routes.reduce((sum, { inflight }) => sum + inflight, 0);
}

/** The same numbers in every run, from 0 to 1 (Park and Miller's generator). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

describe.each(runtimes)('on %s', (runtime) => {
  it(`sheds what is too much of ${requests[runtime]} requests, three in ten of which are given up`, async () => {
    await using engine = startProgram({
      ...{ runtime: 'node', program: programPath('src/rpc/engine/main.ts') },
      files: { 'node-id': 'engine-a', 'availability-zone': 'zone-a' },
      environment: {
        ...{ DRYDOCK_ENGINE_HOST: '127.0.0.1', DRYDOCK_ENGINE_CREDENTIALS: 'none' },
        ...{ DRYDOCK_ENGINE_WORKERS_PORT: '0', DRYDOCK_ENGINE_GATEWAYS_PORT: '0' },
      },
    });
    const ports = await engine.logLine('the engine', ({ event }) => event === 'ready');
    await using worker = startProgram({
      ...{ runtime: 'node', program: programPath('tests/deep/counting-worker-program.ts') },
      environment: {
        DRYDOCK_ENGINES: `zone-a=127.0.0.1:${ports.workersPort}`,
        COUNT_SLOTS: String(slots),
        COUNT_TOKENS: String(tokens),
        COUNT_TOKEN_MS: String(tokenMs),
      },
    });
    await worker.logLine('the worker', ({ event }) => event === 'ready');
    await using gateway = await startGateway({
      ...{ runtime, program: programPath(`src/gateway/main-${runtime}.ts`) },
      files: { ...nodeFiles, 'secrets/admin-keys.json': adminKeys },
      environment: { DRYDOCK_ENGINES: `zone-a=127.0.0.1:${ports.gatewaysPort}`, DRYDOCK_QUEUE_MS_MAX: '200' },
    });
    const { port, child, internalUrl } = gateway;
    const agent = new Agent({ keepAlive: true });
    const one = () => ask(port, { agent, leaveAfterMs: undefined, isStream: true });
    await until(async () => ((await one()).isWhole ? true : undefined), {
      what: 'a worker',
      budgetMs: 20_000,
    });
    const calm: number[] = [];
    for (let count = 0; count < 20; count += 1) calm.push((await one()).paceMs ?? Number.NaN);

    const outcomes: Outcome[] = [];
    const resident: number[] = [];
    await overload({
      ...{ port, requests: requests[runtime], everyMs: 1000 / (10 * capacity), clientsMax: 400 },
      ...{ random: seeded(1), leaving: 0.3, leaveWithinMs: 300 },
      onOutcome(outcome) {
        outcomes.push({ ...outcome, text: outcome.isWhole ? '' : outcome.text.slice(-300) });
        if (outcomes.length % 100 === 0) resident.push(residentMiB(child.pid));
      },
    });

    expect(outcomes).toHaveLength(requests[runtime]);
    const stayed = outcomes.filter(({ hasLeft }) => !hasLeft);
    expect(outcomes.length - stayed.length).toBeGreaterThan(0.1 * outcomes.length);
    const whole = stayed.filter(({ isWhole }) => isWhole);
    const shed = stayed.filter(({ isWhole }) => !isWhole);
    // Nothing between the two: an answer that has begun is a whole one.
    const otherwise = shed.filter(
      ({ status, text }) => !/"code":"(overloaded|gateway_busy)"/.test(text) || ![429, 503].includes(status),
    );
    expect(otherwise.slice(0, 3)).toEqual([]);
    expect(whole.length).toBeGreaterThan(0.02 * stayed.length);
    expect(shed.length).toBeGreaterThan(0.3 * stayed.length);
    const paces = whole.flatMap(({ paceMs }) => paceMs ?? []);
    expect(median(paces)).toBeLessThan(2 * median(calm));

    await until(async () => ((await inWork(internalUrl)) === 0 ? true : undefined), {
      what: 'free slots',
      budgetMs: 5000,
    });
    expect(await (await fetch(`${internalUrl}/metrics`)).text()).toMatch(/^vllm:num_requests_running 0$/m);
    expect((await one()).isWhole).toBe(true);
    agent.destroy();
    expect(child.exitCode).toBeNull();
    expect(mostOf(resident)).toBeLessThan(residentMiBMax);
    // Node's heap grows for longer than this lasts.
    if (runtime === 'node') return;
    // The first quarter warms it up.
    const quarter = Math.floor(resident.length / 4);
    const warm = mostOf(resident.slice(quarter, 2 * quarter));
    expect(mostOf(resident.slice(-quarter))).toBeLessThan(1.25 * warm + 16);
  }, 90_000);
});
