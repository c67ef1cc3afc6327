import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RpcLogger } from '../../../../src/rpc/inference.ts';
import { until } from '../../rpc/until.ts';
import { llamaMetrics, llamaRoutes, plainRoutes, vllmMetrics, vllmRoutes } from './recorded.ts';
import { json, page, type Routes, startServer } from './scripted-server.ts';
import { answerOf, errorOf, openAt, openServer, requestOf } from './upstream-model.ts';

function listeningLog() {
  const events: unknown[] = [];
  const note: RpcLogger['info'] = (fields, message) => void events.push({ ...fields, message });
  return { log: { info: note, warn: note }, events };
}

const models = (...data: readonly Record<string, unknown>[]) => json(200, { data });

test.each<[string, Routes, Record<string, unknown>, { contextTokensMax: number; slots: number }]>([
  ['vLLM', vllmRoutes(), {}, { contextTokensMax: 4096, slots: 256 }],
  ['vLLM with slots given', vllmRoutes(), { slots: 32 }, { contextTokensMax: 4096, slots: 32 }],
  [
    'vLLM with less context given',
    vllmRoutes(),
    { contextTokens: 1024 },
    { contextTokensMax: 1024, slots: 256 },
  ],
  [
    'vLLM with more context given',
    vllmRoutes(),
    { contextTokens: 9999 },
    { contextTokensMax: 4096, slots: 256 },
  ],
  ['llama-server', llamaRoutes(), {}, { contextTokensMax: 2048, slots: 2 }],
  [
    'llama-server by another name',
    llamaRoutes(),
    { upstreamModel: 'g' },
    { contextTokensMax: 2048, slots: 2 },
  ],
  [
    'llama-server without properties',
    { ...llamaRoutes(), '/props': json(500, {}) },
    {},
    { contextTokensMax: 1024, slots: 8 },
  ],
  ['another server', plainRoutes(), { contextTokens: 512 }, { contextTokensMax: 512, slots: 8 }],
])('takes context and slots of %s', async (_, routes, given, expected) => {
  await using open = await openServer(routes, { json: given });
  expect(open.model).toMatchObject({ name: 'gemma', ...expected });
});

test.each<[string, Routes, Record<string, unknown>, string, RegExp]>([
  [
    'two models and no choice',
    { '/v1/models': models({ id: 'a' }, { id: 'b' }) },
    {},
    'WORKER_CONFIG_INVALID',
    /lists 2 models and model.json names none/,
  ],
  [
    'a model that is not there',
    vllmRoutes(),
    { upstreamModel: 'x' },
    'WORKER_CONFIG_INVALID',
    /none of the 1 models that it lists is "x"/,
  ],
  ['no context', plainRoutes(), {}, 'WORKER_CONFIG_INVALID', /set contextTokens/],
  [
    'a wrong key',
    { '/v1/models': json(401, {}) },
    {},
    'WORKER_UPSTREAM_UNAVAILABLE',
    /last seen: status 401/,
  ],
  [
    'no list of models',
    { '/v1/models': page('secret') },
    {},
    'WORKER_UPSTREAM_UNAVAILABLE',
    /last seen: no list of models/,
  ],
  [
    'an empty list',
    { '/v1/models': models() },
    {},
    'WORKER_UPSTREAM_UNAVAILABLE',
    /last seen: no list of models/,
  ],
])('refuses a server with %s', async (_, routes, given, code, reason) => {
  const error = await errorOf(openServer(routes, { json: given, limits: { startMsMax: 20 } }));
  expect(error.code).toBe(code);
  expect(error.message).toMatch(reason);
});

test('waits for a server that is not there yet, and for its model', async () => {
  let port = 0;
  {
    await using earlier = await startServer({});
    port = Number(new URL(earlier.baseUrl).port);
  }
  const opening = openAt(`http://127.0.0.1:${port}`);
  const loading = json(503, { error: { message: 'Loading model', type: 'unavailable_error', code: 503 } });
  await using server = await startServer({ '/v1/models': loading }, port);
  await until('a question while it loads', () => server.asked.length > 0);
  server.routes = vllmRoutes();
  await using model = await opening;
  expect(await answerOf(model.handler, requestOf())).toMatchObject({ text: 'Hi' });
});

test('says what it saw last of a server that does not come', async () => {
  const error = await errorOf(openAt('http://127.0.0.1:1', { limits: { startMsMax: 15 } }));
  expect(error.code).toBe('WORKER_UPSTREAM_UNAVAILABLE');
  expect(error.message).toMatch(/within \d+ ms; last seen: ECONNREFUSED/);
});

test('stops waiting when the worker is stopped', async () => {
  await using server = await startServer({});
  const stop = new AbortController();
  const opening = errorOf(openAt(server.baseUrl, { signal: stop.signal, limits: { retryMs: 60_000 } }));
  await until('the first question', () => server.asked.length > 0);
  stop.abort();
  expect((await opening).code).toBe('WORKER_CANCELLED');
});

test('shows the key to the server and to nobody else', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'upstream-'));
  try {
    await writeFile(join(directory, 'key'), 'secret-key\n');
    await writeFile(join(directory, 'two-words'), 'secret key\n');
    const { log, events } = listeningLog();
    await using open = await openServer(vllmRoutes(), { json: { apiKeyFile: 'key' }, directory, log });
    await answerOf(open.model.handler, requestOf());
    expect(new Set(open.server.asked.map(({ authorization }) => authorization))).toEqual(
      new Set(['Bearer secret-key']),
    );
    expect(JSON.stringify([events, open.model.health()])).not.toContain('secret');
    for (const apiKeyFile of ['absent', 'two-words']) {
      const error = await errorOf(openServer(vllmRoutes(), { json: { apiKeyFile }, directory }));
      expect(error.code).toBe('WORKER_CONFIG_INVALID');
    }
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('reaches a server by a socket, and by the name of this host', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'upstream-'));
  try {
    await using bySocket = await startServer(vllmRoutes(), join(directory, 'engine.sock'));
    await using one = await openAt(bySocket.baseUrl);
    expect(await answerOf(one.handler, requestOf())).toMatchObject({ text: 'Hi' });
    await using byPort = await startServer(vllmRoutes());
    await using other = await openAt(`${byPort.baseUrl.replace('127.0.0.1', 'localhost')}/v1`);
    expect(await answerOf(other.handler, requestOf())).toMatchObject({ text: 'Hi' });
  } finally {
    await rm(directory, { recursive: true });
  }
});

const often = { healthIntervalMs: 5, healthTimeoutMs: 1000 };

test('says that the server is lost, fails requests at once, and takes them again when it is back', async () => {
  const { log, events } = listeningLog();
  const server = await startServer(vllmRoutes());
  await using model = await openAt(server.baseUrl, { limits: often, log });
  const port = Number(new URL(server.baseUrl).port);
  await server[Symbol.asyncDispose]();
  await until('the loss', () => !model.health().isHealthy, model.health);
  const error = await errorOf(answerOf(model.handler, requestOf()));
  expect(error.code).toBe('RPC_WORKER_LOST');
  expect(error.message).toMatch(/not there when last looked for \(ECONNREFUSED\)/);
  await using _ = await startServer(vllmRoutes(), port);
  await until('its return', () => model.health().isHealthy, model.health);
  expect(await answerOf(model.handler, requestOf())).toMatchObject({ text: 'Hi' });
  expect(events).toMatchObject([
    { event: 'upstream-ready' },
    { event: 'upstream-lost', lastState: 'ECONNREFUSED' },
    { event: 'upstream-back', lastState: 'status 200' },
  ]);
});

test('learns from a request that nobody listens', async () => {
  const server = await startServer(vllmRoutes());
  await using model = await openAt(server.baseUrl);
  await until('the first look', () => model.health().lastState === 'status 200', model.health);
  await server[Symbol.asyncDispose]();
  const first = await errorOf(answerOf(model.handler, requestOf()));
  expect(first).toMatchObject({ code: 'RPC_WORKER_LOST' });
  expect(first.message).toMatch(/its connection broke \(ECONNREFUSED\)/);
  expect(model.health()).toMatchObject({ isHealthy: false, lastState: 'ECONNREFUSED' });
});

test('fails a request that waits for its first byte when the server is lost, and not one that gets bytes', async () => {
  const paths = { waiting: '/v1/chat/completions', flowing: '/v1/completions' };
  let isLost = false;
  let flow = (): void => {};
  await using open = await openServer(
    {
      ...vllmRoutes(),
      '/health': (exchange) => json(isLost ? 503 : 200, {})(exchange),
      [paths.waiting]: () => {},
      [paths.flowing]: ({ response }) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(
          `data: ${JSON.stringify({ choices: [{ text: 'a', token_ids: [1] }], usage: { prompt_tokens: 1, completion_tokens: 1 } })}\n\n`,
        );
        flow = () => {
          const end = { choices: [{ text: '', token_ids: [], finish_reason: 'length' }] };
          response.end(`data: ${JSON.stringify(end)}\n\ndata: [DONE]\n\n`);
        };
      },
    },
    { limits: often },
  );
  const frames = open.model
    .handler(requestOf({ messages: [], prompt: 'a' }), { signal: new AbortController().signal })
    [Symbol.asyncIterator]();
  await frames.next();
  const waiting = errorOf(answerOf(open.model.handler, requestOf()));
  await until('the request that waits', () => open.server.asked.some(({ path }) => path === paths.waiting));
  isLost = true;
  const error = await waiting;
  expect(error.code).toBe('RPC_WORKER_LOST');
  expect(error.message).toMatch(/was not there any more \(status 503\)/);
  flow();
  expect(await frames.next()).toMatchObject({ value: { done: { finishReason: 'length' } } });
});

test('needs two late answers to take a server for lost', async () => {
  let asked = 0;
  await using open = await openServer(
    {
      ...vllmRoutes(),
      '/health': () => {
        asked += 1;
      },
    },
    { limits: { healthIntervalMs: 5, healthTimeoutMs: 20 } },
  );
  await until('the second question', () => asked >= 2);
  expect(open.model.health().isHealthy).toBe(true);
  await until('the loss', () => !open.model.health().isHealthy, open.model.health);
  expect(open.model.health().lastState).toBe('TimeoutError');
});

test('looks at the list of models where a server has no health', async () => {
  await using open = await openServer(plainRoutes(), { json: { contextTokens: 512 }, limits: often });
  await until('the second look', () => open.model.health().lastState === 'status 200');
  expect(open.model.health().isHealthy).toBe(true);
  expect(open.server.asked.filter(({ path }) => path === '/health')).toHaveLength(1);
});

test.each<[string, Routes, Record<string, unknown>]>([
  [
    'the metrics of vLLM',
    { ...vllmRoutes(), '/metrics': page(vllmMetrics) },
    { running: 5, waiting: 1, cacheShare: 0.25 },
  ],
  [
    'the metrics of llama-server',
    { ...llamaRoutes(), '/metrics': page(llamaMetrics) },
    { running: 2, waiting: 1 },
  ],
  ['the slots of llama-server, where it shows no metrics', llamaRoutes(), { running: 1, waiting: 0 }],
])('tells the load from %s', async (_, routes, load) => {
  await using open = await openServer(routes, { limits: often });
  await until('the load', () => open.model.health().load !== undefined);
  expect(open.model.health().load).toEqual(load);
});

test('refuses a request while others hold every slot of the server, and looks again before it does', async () => {
  let busy = 2;
  await using open = await openServer({
    ...llamaRoutes(),
    '/slots': (exchange) =>
      json(
        200,
        [0, 1].map((id) => ({ id, is_processing: id < busy })),
      )(exchange),
  });
  await until('the load', () => open.model.health().load?.running === 2);
  const error = await errorOf(answerOf(open.model.handler, requestOf()));
  expect(error.code).toBe('RPC_WORKER_BUSY');
  busy = 1;
  expect(await answerOf(open.model.handler, requestOf())).toMatchObject({ text: 'Hi' });
});

test('does not refuse for a load that can no longer be seen', async () => {
  await using open = await openServer(
    { ...vllmRoutes(), '/metrics': page(vllmMetrics) },
    { json: { slots: 5 } },
  );
  await until('the load', () => open.model.health().load !== undefined);
  expect((await errorOf(answerOf(open.model.handler, requestOf()))).code).toBe('RPC_WORKER_BUSY');
  open.server.routes = vllmRoutes();
  expect(await answerOf(open.model.handler, requestOf())).toMatchObject({ text: 'Hi' });
});
