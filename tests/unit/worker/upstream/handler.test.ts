import { expect, test } from 'vitest';
import { until, within } from '../../rpc/until.ts';
import { llamaEvents, llamaRoutes, plainEvents, plainRoutes, vllmEvents, vllmRoutes } from './recorded.ts';
import {
  doneEvent,
  type Exchange,
  json,
  openEvents,
  page,
  type Routes,
  sendEvents,
  stream,
} from './scripted-server.ts';
import { answerOf, errorOf, openServer, type RequestChanges, requestOf } from './upstream-model.ts';

const chatPath = '/v1/chat/completions';
const chat = (route: Routes[string]): Routes => ({ ...vllmRoutes(), [chatPath]: route });
const [roleEvent, hiEvent] = vllmEvents([{ text: 'Hi' }, { text: '' }]);

test.each<[string, Routes, Record<string, unknown>]>([
  [
    'vLLM',
    vllmRoutes(vllmEvents([{ text: 'H', ids: [1] }, { text: 'é', ids: [2, 3] }, { text: '' }])),
    { ids: [], usage: { promptTokens: 13, completionTokens: 3 } },
  ],
  [
    'llama-server',
    llamaRoutes(llamaEvents(['H', 'é'])),
    { ids: [], usage: { promptTokens: 13, completionTokens: 2, cachedTokens: 8 } },
  ],
  ['another server', plainRoutes(), { text: 'Hi', usage: { promptTokens: 13, completionTokens: 1 } }],
])('streams what %s answers', async (name, routes, expected) => {
  await using open = await openServer(routes, { json: { contextTokens: 512 } });
  const answer = await answerOf(open.model.handler, requestOf());
  expect(answer).toMatchObject({ finishReason: 'stop', ...expected });
  if (name !== 'another server') expect(answer.text).toBe('Hé');
  const asked = open.server.asked.filter(({ path }) => path === chatPath);
  expect(asked).toHaveLength(1);
  expect(asked[0]?.body).toMatchObject({
    stream: true,
    messages: [{ role: 'user', content: 'secret words' }],
  });
});

test('gives each frame as soon as it comes', async () => {
  const opened = Promise.withResolvers<Exchange>();
  await using open = await openServer(
    chat((exchange) => {
      openEvents(exchange, [roleEvent, hiEvent]);
      opened.resolve(exchange);
    }),
  );
  const frames = open.model
    .handler(requestOf(), { signal: new AbortController().signal })
    [Symbol.asyncIterator]();
  expect(await within('the first frame', 5000, frames.next())).toMatchObject({ value: { text: 'Hi' } });
  const { response } = await opened.promise;
  sendEvents(response, vllmEvents([{ text: '' }]).slice(1));
  response.end();
  expect(await within('the end', 5000, frames.next())).toMatchObject({
    value: { done: { finishReason: 'stop' } },
  });
});

test('gives no ids, for nobody could go on after them, and does not go on after those of others', async () => {
  const events = vllmEvents([{ text: 'H', ids: [1] }, { text: 'i', ids: [2, 3] }, { text: '' }]);
  await using open = await openServer(vllmRoutes(events));
  const { frames } = await answerOf(open.model.handler, requestOf());
  expect(frames.map(({ ids, tokens }) => [ids, tokens])).toEqual([
    [[], 1],
    [[], 2],
  ]);
  const options = { signal: new AbortController().signal, answeredIds: [1] };
  const resumed = open.model.handler(requestOf(), options)[Symbol.asyncIterator]().next();
  expect((await errorOf(resumed)).code).toBe('RPC_REQUEST_INVALID');
  expect(open.server.asked.filter(({ path }) => path === chatPath)).toHaveLength(1);
});

test('ends at a stop string without waiting for the server, and gives the connection up', async () => {
  const opened = Promise.withResolvers<Exchange>();
  await using open = await openServer(
    chat((exchange) => {
      openEvents(
        exchange,
        vllmEvents([
          { text: 'a', ids: [1] },
          { text: 'b.c', ids: [2] },
        ]).slice(0, 3),
      );
      opened.resolve(exchange);
    }),
  );
  const answer = await answerOf(open.model.handler, requestOf({ sampling: { stop: ['.'] } }));
  expect(answer).toMatchObject({
    text: 'ab',
    finishReason: 'stop',
    usage: { promptTokens: 13, completionTokens: 2 },
  });
  await within(
    'the close of the connection',
    5000,
    opened.promise.then(({ closed }) => closed),
  );
  expect((await opened.promise).body).not.toHaveProperty('stop');
});

test('lets an answer end at the context where vLLM refuses a longer one', async () => {
  const refusal = json(400, {
    error: { message: 'secret', type: 'BadRequestError', param: 'max_tokens', code: 400 },
  });
  let prompt = 4000;
  await using open = await openServer({
    ...vllmRoutes(),
    [chatPath]: (exchange) =>
      Number(exchange.body.max_tokens) > 4096 - prompt
        ? refusal(exchange)
        : stream(vllmEvents([{ text: 'Hi' }], { reason: 'length' }))(exchange),
    '/tokenize': (exchange) => json(200, { count: prompt, max_model_len: 4096, tokens: [] })(exchange),
  });
  const request = requestOf({ sampling: { maxTokens: 1000 } });
  expect(await answerOf(open.model.handler, request)).toMatchObject({ text: 'Hi', finishReason: 'length' });
  const posted = open.server.asked.filter(({ method }) => method === 'POST');
  expect(posted.map(({ path, body }) => [path, body.max_tokens])).toEqual([
    [chatPath, 1000],
    ['/tokenize', undefined],
    [chatPath, 96],
  ]);
  expect(posted[1]?.body).toMatchObject({ messages: request.messages, add_generation_prompt: true });
  prompt = 4096;
  const error = await errorOf(answerOf(open.model.handler, request));
  expect(error.code).toBe('RPC_REQUEST_INVALID');
  expect(error.message).toMatch(/the prompt takes 4096 tokens and the context holds 4096/);
});

test('keeps the refusal of a request whose answer would fit', async () => {
  await using open = await openServer({
    ...chat(
      json(400, { error: { message: 'secret', type: 'BadRequestError', param: 'logit_bias', code: 400 } }),
    ),
    '/tokenize': json(200, { count: 10, max_model_len: 4096 }),
  });
  const error = await errorOf(answerOf(open.model.handler, requestOf()));
  expect(error.message).toMatch(/refuses the request, 400 \(BadRequestError, logit_bias\)/);
  expect(open.server.asked.filter(({ path }) => path === chatPath)).toHaveLength(1);
});

test.each<[string, Routes[string], string, RegExp]>([
  [
    '400',
    json(400, { error: { message: 'secret', type: 'BadRequestError' } }),
    'RPC_REQUEST_INVALID',
    /400 \(BadRequestError\)/,
  ],
  [
    '400 of an older form',
    json(400, { object: 'error', message: 'secret', type: 'invalid_request_error' }),
    'RPC_REQUEST_INVALID',
    /400 \(invalid_request_error\)/,
  ],
  [
    'a prompt over its context',
    json(400, {
      error: { message: 'secret', type: 'exceed_context_size_error', n_prompt_tokens: 3002, n_ctx: 2048 },
    }),
    'RPC_REQUEST_INVALID',
    /takes 3002 tokens and the context holds 2048/,
  ],
  ['422', json(422, { detail: [{ msg: 'secret' }] }), 'RPC_REQUEST_INVALID', /refuses the request, 422;/],
  [
    '401',
    json(401, { error: 'secret' }),
    'RPC_GENERATION_FAILED',
    /behind this worker|refuses the worker's key, 401/,
  ],
  [
    '404',
    json(404, { error: { message: 'secret', type: 'NotFoundError' } }),
    'RPC_MODEL_UNKNOWN',
    /404 \(NotFoundError\); check upstreamModel/,
  ],
  ['429', json(429, {}), 'RPC_WORKER_BUSY', /has no room, 429/],
  [
    '503',
    json(503, { error: { message: 'Loading model', type: 'unavailable_error' } }),
    'RPC_WORKER_BUSY',
    /503 \(unavailable_error\)/,
  ],
  [
    '500',
    json(500, { error: { message: 'secret', type: 'server_error' } }),
    'RPC_GENERATION_FAILED',
    /it answered 500 \(server_error\)/,
  ],
  [
    'a redirect',
    json(302, {}, { location: 'http://127.0.0.1:1/secret' }),
    'RPC_GENERATION_FAILED',
    /it answered 302/,
  ],
  ['a page instead of a stream', page('secret'), 'RPC_GENERATION_FAILED', /answered without a stream/],
  [
    'an error as its first event',
    stream([{ error: { message: 'secret', type: 'InternalServerError', code: 500 } }, doneEvent]),
    'RPC_GENERATION_FAILED',
    /it answered 500 \(InternalServerError\)/,
  ],
  [
    'an error in the middle',
    stream([roleEvent, hiEvent, { error: { message: 'secret', code: 503 } }]),
    'RPC_WORKER_BUSY',
    /no room, 503/,
  ],
  [
    'an error under a field of its own',
    stream([roleEvent, 'error: {"code":500,"message":"secret","type":"server_error"}\n\n']),
    'RPC_GENERATION_FAILED',
    /500 \(server_error\)/,
  ],
  ['an event that is not JSON', stream([roleEvent, 'data: secret\n\n']), 'RPC_GENERATION_FAILED', /not JSON/],
  [
    'an end of the stream without an end of the answer',
    stream([roleEvent, hiEvent]),
    'RPC_WORKER_LOST',
    /stream ended before the answer did/,
  ],
  [
    'an end of the stream that says why to nobody',
    stream([roleEvent, hiEvent, doneEvent]),
    'RPC_GENERATION_FAILED',
    /stream ended before the answer did/,
  ],
  [
    'an end of the answer without its usage',
    stream(plainEvents(['Hi']).slice(0, -2)),
    'RPC_WORKER_LOST',
    /stream ended before the answer did/,
  ],
  [
    'an end of the answer that was cut',
    stream(['data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}']),
    'RPC_WORKER_LOST',
    /stream ended before the answer did/,
  ],
  [
    'an abort of its own',
    stream(vllmEvents([{ text: 'Hi' }], { reason: 'abort' })),
    'RPC_GENERATION_FAILED',
    /\(abort\)/,
  ],
])('makes an error of %s', async (_, route, code, message) => {
  await using open = await openServer({ ...llamaRoutes(), [chatPath]: route });
  const error = await errorOf(answerOf(open.model.handler, requestOf()));
  expect(error.message).toMatch(message);
  expect(error.code).toBe(code);
});

test.each([
  ['before its first byte', []],
  ['in the middle', [roleEvent, hiEvent]],
] as const)('makes an error of a connection that breaks %s', async (_, events) => {
  await using open = await openServer(
    chat((exchange) => {
      if (events.length > 0) openEvents(exchange, events);
      exchange.response.socket?.resetAndDestroy();
    }),
  );
  const error = await errorOf(answerOf(open.model.handler, requestOf()));
  expect(error.code).toBe('RPC_WORKER_LOST');
  expect(error.message).toMatch(/its connection broke \(ECONNRESET\)/);
});

test('makes an error of silence in the middle of an answer', async () => {
  await using open = await openServer(
    chat((exchange) => openEvents(exchange, [roleEvent, hiEvent])),
    {
      limits: { silenceMsMax: 30 },
    },
  );
  const error = await errorOf(answerOf(open.model.handler, requestOf()));
  expect(error.code).toBe('RPC_WORKER_LOST');
  expect(error.message).toMatch(/it sent nothing for 30 ms/);
});

test('waits for the first byte until the deadline', async () => {
  await using open = await openServer(
    chat(() => {}),
    { limits: { silenceMsMax: 1 } },
  );
  const error = await errorOf(answerOf(open.model.handler, requestOf({ deadlineUnixMs: Date.now() + 60 })));
  expect(error.code).toBe('RPC_DEADLINE_EXCEEDED');
});

test('does not take a slow reader for a silent server', async () => {
  const opened = Promise.withResolvers<Exchange>();
  const events = vllmEvents([{ text: 'a' }, { text: 'b' }, { text: '' }]);
  await using open = await openServer(
    chat((exchange) => {
      openEvents(exchange, events.slice(0, 2));
      opened.resolve(exchange);
    }),
    { limits: { silenceMsMax: 20 } },
  );
  const frames = open.model
    .handler(requestOf(), { signal: new AbortController().signal })
    [Symbol.asyncIterator]();
  expect(await frames.next()).toMatchObject({ value: { text: 'a' } });
  const laterMs = performance.now() + 40;
  await until('more time than the silence may last', () => performance.now() > laterMs);
  const { response } = await opened.promise;
  sendEvents(response, events.slice(2));
  response.end();
  expect(await frames.next()).toMatchObject({ value: { text: 'b' } });
  expect(await frames.next()).toMatchObject({ value: { done: { finishReason: 'stop' } } });
});

test.each([
  ['before the first byte', []],
  ['in the middle of an answer', [roleEvent, hiEvent]],
] as const)('gives the connection up at once when it is cancelled %s', async (_, events) => {
  const opened = Promise.withResolvers<Exchange>();
  await using open = await openServer(
    chat((exchange) => {
      if (events.length > 0) openEvents(exchange, events);
      opened.resolve(exchange);
    }),
  );
  const controller = new AbortController();
  const answer = errorOf(answerOf(open.model.handler, requestOf(), controller.signal));
  const { closed } = await within('the request', 5000, opened.promise);
  const startMs = performance.now();
  controller.abort();
  await within('the close of the connection', 5000, closed);
  expect((await answer).code).toBe('RPC_CANCELLED');
  // Some milliseconds, and room for a busy machine.
  expect(performance.now() - startMs).toBeLessThan(500);
});

test('gives the connection up when the reader leaves', async () => {
  const opened = Promise.withResolvers<Exchange>();
  await using open = await openServer(
    chat((exchange) => {
      openEvents(exchange, [roleEvent, hiEvent]);
      opened.resolve(exchange);
    }),
  );
  for await (const _ of open.model.handler(requestOf(), { signal: new AbortController().signal })) break;
  await within(
    'the close of the connection',
    5000,
    opened.promise.then(({ closed }) => closed),
  );
});

test('asks nothing of the server for a request that was cancelled before, or is late', async () => {
  await using open = await openServer(vllmRoutes());
  const cancelled = await errorOf(answerOf(open.model.handler, requestOf(), AbortSignal.abort()));
  expect(cancelled.code).toBe('RPC_CANCELLED');
  const late = await errorOf(answerOf(open.model.handler, requestOf({ deadlineUnixMs: 1 })));
  expect(late.code).toBe('RPC_DEADLINE_EXCEEDED');
  expect(open.server.asked.some(({ path }) => path === chatPath)).toBe(false);
});

test.each<[string, RequestChanges, string]>([
  ['another model', { model: 'other' }, 'RPC_MODEL_UNKNOWN'],
  ['a setting that the server has not', { sampling: { stopIds: [3] } }, 'RPC_REQUEST_INVALID'],
])('refuses %s without asking the server', async (_, changes, code) => {
  await using open = await openServer(llamaRoutes());
  expect((await errorOf(answerOf(open.model.handler, requestOf(changes)))).code).toBe(code);
  expect(open.server.asked.some(({ path }) => path === chatPath)).toBe(false);
});

test('uses a connection of its own for every answer', async () => {
  await using open = await openServer(vllmRoutes());
  for (let round = 0; round < 3; round++) await answerOf(open.model.handler, requestOf());
  const ports = open.server.asked.filter(({ path }) => path === chatPath).map(({ port }) => port);
  expect(new Set(ports).size).toBe(3);
});

test('runs as many at once as there are slots, and takes the next when one has ended', async () => {
  const opened: Exchange[] = [];
  await using open = await openServer(
    chat((exchange) => void opened.push(exchange)),
    { json: { slots: 2 } },
  );
  const running = [1, 2].map(() => answerOf(open.model.handler, requestOf()));
  await until('two requests', () => opened.length === 2);
  const error = await errorOf(answerOf(open.model.handler, requestOf()));
  expect(error.code).toBe('RPC_WORKER_BUSY');
  expect(error.message).toMatch(/all 2 slots/);
  for (const exchange of opened) stream(vllmEvents([{ text: 'Hi' }]))(exchange);
  await Promise.all(running);
  const next = answerOf(open.model.handler, requestOf());
  await until('the third request', () => opened.length === 3);
  for (const exchange of opened.slice(2)) stream(vllmEvents([{ text: 'Hi' }]))(exchange);
  await next;
});
