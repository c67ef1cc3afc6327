/** One trace through the programs that are deployed: caller, gateway, engine, worker; and none where nobody asked for it. */

import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { InferenceServer } from '../../../../src/rpc/inference.ts';
import { openTracing, type Tracing } from '../../../../src/rpc/tracing/open-tracing-runtime.ts';
import { tracedHandler } from '../../../../src/rpc/tracing/traced-handler.ts';
import { serveInference } from '../../../../src/rpc/transport/server-runtime.ts';
import { saidCanaries } from '../../../canaries.ts';
import { type CollectedSpan, type Collector, startCollector } from '../../rpc/tracing/collector.ts';
import { countTokens } from '../counting-worker.ts';
import {
  type GatewayProgram,
  nodeFiles,
  runtimes,
  type ServingGateway,
  startGateway,
  startProgram,
} from '../gateway-program.ts';
import { greeting, postChat } from '../http-exchange.ts';

function programPath(path: string): string {
  return fileURLToPath(new URL(`../../../../${path}`, import.meta.url));
}

const logger = { info: () => undefined, warn: () => undefined };
const waitMs = 20_000;
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const callerSpan = '00f067aa0ba902b7';

describe.each(runtimes)('on %s', (runtime) => {
  let engine: GatewayProgram;
  let gateway: ServingGateway;
  let silent: ServingGateway;
  let collector: Collector;
  let tracing: Tracing;
  let worker: InferenceServer;
  const seen: (string | undefined)[] = [];

  beforeAll(async () => {
    collector = await startCollector();
    const settings = { url: collector.url, ratio: 1 };
    const resource = { 'service.name': 'worker' };
    tracing = openTracing(settings, { resource, logger, limits: { intervalMs: 100 } });
    engine = startProgram({
      runtime: 'node',
      program: programPath('src/rpc/engine/main.ts'),
      files: { 'node-id': 'engine-a', 'availability-zone': 'zone-a' },
      environment: {
        DRYDOCK_ENGINE_HOST: '127.0.0.1',
        DRYDOCK_ENGINE_WORKERS_PORT: '0',
        DRYDOCK_ENGINE_GATEWAYS_PORT: '0',
        DRYDOCK_ENGINE_CREDENTIALS: 'none',
      },
    });
    const ready = await engine.logLine('the engine', ({ event }) => event === 'ready');
    const environment = {
      DRYDOCK_ENGINES: `zone-a=127.0.0.1:${ready.gatewaysPort}`,
      DRYDOCK_QUEUE_MS_MAX: '300',
    };
    const program = programPath(`src/gateway/main-${runtime}.ts`);
    gateway = await startGateway({
      ...{ runtime, program },
      environment: { ...environment, DRYDOCK_TRACES_URL: collector.url },
    });
    silent = await startGateway({
      ...{ runtime, program, environment },
      files: { ...nodeFiles, 'node-id': 'gateway-1' },
    });
    const handler = tracedHandler(countTokens, tracing.tracer);
    worker = serveInference({
      engines: [{ availabilityZone: 'zone-a', host: '127.0.0.1', port: Number(ready.workersPort) }],
      info: {
        ...{ kind: 'infer', workerId: `traced-${runtime}`, availabilityZone: 'zone-a', slots: 2 },
        models: [{ name: 'counter', contextTokensMax: 128 }],
      },
      handler(request, options) {
        seen.push(options.traceparent);
        return handler(request, options);
      },
      logger,
    });
    await worker.registered;
    for (const { url } of [gateway, silent]) {
      const isReady = async () => expect((await fetch(`${url}/readyz`)).status).toBe(200);
      await vi.waitFor(isReady, { timeout: waitMs, interval: 50 });
    }
  }, 30_000);

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await silent[Symbol.asyncDispose]();
    await worker[Symbol.asyncDispose]();
    await tracing[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
    await collector[Symbol.asyncDispose]();
  });

  const body = { ...greeting, model: 'counter' };
  const named = (spans: readonly CollectedSpan[], service: string, name: string) =>
    spans.filter((span) => span.service === service && span.name === name);

  it('goes on with the trace of its caller, and the worker with its own', async () => {
    const headers = { traceparent: `00-${traceId}-${callerSpan}-01`, 'x-request-id': 'traced' };
    const answer = await postChat(gateway, { body: { ...body, stream: true }, headers });
    expect(await answer.text()).toMatch(/\[DONE\]\n\n$/);
    const spans = (await collector.spansOnce(5)).filter((span) => span.traceId === traceId);
    const [request] = named(spans, 'drydock-gateway', 'POST /v1/chat/completions');
    expect(request).toMatchObject({
      ...{ kind: 2, parentSpanId: callerSpan, isError: false },
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/v1/chat/completions',
        'http.response.status_code': '200',
        'gen_ai.operation.name': 'chat',
        'gen_ai.request.model': 'counter',
        'gen_ai.usage.output_tokens': '5',
      },
    });
    // The client's own text.
    expect(request).not.toHaveProperty(['attributes', 'drydock.request_id']);
    const [attempt] = named(spans, 'drydock-gateway', 'generate');
    for (const name of ['authenticate', 'queue', 'generate']) {
      expect(named(spans, 'drydock-gateway', name)).toMatchObject([{ parentSpanId: request?.spanId }]);
    }
    expect(attempt).toMatchObject({
      ...{ kind: 3, isError: false, events: ['first_token'] },
      attributes: {
        'drydock.worker': `traced-${runtime}`,
        'drydock.engine': 'zone-a',
        'drydock.attempt': '0',
      },
    });
    expect(named(spans, 'worker', 'generate')).toMatchObject([
      {
        ...{ kind: 2, parentSpanId: attempt?.spanId, isError: false, events: ['first_token'] },
        attributes: { 'gen_ai.request.model': 'counter', 'gen_ai.usage.output_tokens': '5' },
      },
    ]);
    expect(Number(attempt?.ms)).toBeLessThanOrEqual(Number(request?.ms));
    await gateway.logLine('the request', (line) => line.traceId === traceId);
  });

  it('begins a trace where its caller has none, and tells errors by their codes', async () => {
    const refused = await postChat(gateway, { body: { ...body, model: 'none' } });
    expect(refused.status).toBe(404);
    const line = await gateway.logLine('the refusal', ({ errorCode }) => errorCode === 'RPC_MODEL_UNKNOWN');
    const spans = await vi.waitFor(
      () => {
        const own = collector.spans().filter((span) => span.traceId === line.traceId);
        expect(named(own, 'drydock-gateway', 'POST /v1/chat/completions')).toHaveLength(1);
        return own;
      },
      { timeout: waitMs, interval: 50 },
    );
    const [request] = named(spans, 'drydock-gateway', 'POST /v1/chat/completions');
    expect(request).toMatchObject({ isError: true, attributes: { 'error.type': 'RPC_MODEL_UNKNOWN' } });
    expect(request).toHaveProperty(['attributes', 'drydock.request_id'], line.requestId);
    expect(request).not.toHaveProperty(['attributes', 'gen_ai.request.model']);
    expect(request?.parentSpanId).toBeUndefined();
  });

  it('says in no span what was asked, with what key, or who asks whether it lives', async () => {
    await fetch(`${gateway.url}/livez`);
    await postChat(gateway, { headers: { authorization: 'Bearer wrong' } });
    await vi.waitFor(() => expect(collector.bodies.join('')).toContain('GATEWAY_UNAUTHENTICATED'), {
      timeout: waitMs,
      interval: 50,
    });
    const told = collector.bodies.join('');
    expect(saidCanaries(told)).toEqual([]);
    expect(told).not.toMatch(/livez|readyz|Bearer/);
    expect(await (await fetch(`${gateway.internalUrl}/metrics`)).text()).toMatch(
      /gateway_spans_exported [1-9]/,
    );
  });

  it('tells nothing unless it is configured to, and hands on what its caller sent', async () => {
    const before = seen.length;
    const headers = { traceparent: `00-${traceId}-${'ab'.repeat(8)}-00` };
    await (await postChat(silent, { body, headers })).text();
    await (await postChat(silent, { body })).text();
    expect(seen.slice(before)).toEqual([headers.traceparent, undefined]);
    expect(await (await fetch(`${silent.internalUrl}/metrics`)).text()).not.toContain('gateway_spans');
  });
});
