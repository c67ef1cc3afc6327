import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  createIdempotencyStore,
  defaultIdempotencyLimits,
  type IdempotencyLimits,
} from '../../../../src/gateway/idempotency/idempotency-store.ts';
import { runtimes, type ServingGateway, startGateway } from '../gateway-program.ts';
import { greeting, openRaw, postChat, rawPost } from '../http-exchange.ts';
import { inProcessGateway, keys } from '../in-process-gateway.ts';

const headers = { 'idempotency-key': 'key-1' };
const stream = { ...greeting, stream: true };

function gatewayWith(limits: Partial<IdempotencyLimits> = {}) {
  let nowUnixMs = 0;
  const store = createIdempotencyStore(
    { nowUnixMs: () => nowUnixMs },
    { ...defaultIdempotencyLimits, ...limits },
  );
  const gateway = inProcessGateway({ idempotencyStore: store });
  const started = () => gateway.logLines.filter(({ event }) => event === 'scripted-start').length;
  return { ...gateway, store, started, pass: (ms: number) => (nowUnixMs += ms) };
}

it.each([
  ['JSON', greeting],
  ['a stream', stream],
])('gives the same request the same answer without work: %s', async (_, body) => {
  const { ask, started, logLines } = gatewayWith();
  const first = await ask({ body, headers });
  const text = await first.text();
  const second = await ask({ body, headers });
  expect(await second.text()).toBe(text);
  expect(second.headers.get('content-type')).toBe(first.headers.get('content-type'));
  expect([first, second].map((answer) => answer.headers.get('idempotency-replayed'))).toEqual([null, 'true']);
  expect(second.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
  expect(started()).toBe(1);
  const replays = logLines.filter((line) => line.event === 'request' && line.isReplay === true);
  expect(replays).toHaveLength(1);
  expect(replays[0]).not.toHaveProperty('completionTokens');
});

it.each([
  ['without a key', {}, {}],
  ['with another key', { headers: { 'idempotency-key': 'key-2' } }, {}],
  ['from another caller', { headers, key: keys.second }, {}],
  ['at another address', { headers, path: '/v1/completions' }, { prompt: 'Hello' }],
])('does it anew %s', async (_, asked, fields) => {
  const { ask, started } = gatewayWith();
  const body = { ...greeting, prompt: 'Hello' };
  await (await ask({ body, headers })).text();
  const answer = await ask({ body: { ...body, ...fields }, ...asked });
  expect([answer.status, answer.headers.get('idempotency-replayed')]).toEqual([200, null]);
  await answer.text();
  expect(started()).toBe(2);
});

it('takes a key in quotes for the same', async () => {
  const { ask, started } = gatewayWith();
  await (await ask({ headers })).text();
  await (await ask({ headers: { 'idempotency-key': '"key-1"' } })).text();
  expect(started()).toBe(1);
});

it('refuses another body under a key, while it is answered and after', async () => {
  const { ask } = gatewayWith();
  const running = ask({ body: { ...greeting, model: 'paused:100' }, headers });
  const other = { ...greeting, seed: 1 };
  await vi.waitFor(async () => {
    const refused = await ask({ body: other, headers });
    expect([refused.status, await refused.json()]).toMatchObject([
      422,
      { error: { code: 'idempotency_key_reused' } },
    ]);
  });
  await (await running).text();
  expect((await ask({ body: other, headers })).status).toBe(422);
});

it.each(['', '"', '"open', 'a b', 'a, b', '<>', 'x'.repeat(256)])('refuses the key %j', async (key) => {
  const { ask } = gatewayWith();
  const refused = await ask({ headers: { 'idempotency-key': key } });
  expect([refused.status, await refused.json()]).toMatchObject([
    400,
    { error: { code: 'idempotency_key_invalid' } },
  ]);
});

it('joins what is being answered, from its beginning', async () => {
  const { ask, started } = gatewayWith();
  const body = { ...stream, model: 'paused:200' };
  const first = await ask({ body, headers });
  const second = await ask({ body, headers });
  expect(second.headers.get('idempotency-replayed')).toBe('true');
  const [one, other] = await Promise.all([first.text(), second.text()]);
  expect(one).toBe(other);
  expect(one).toContain('[DONE]');
  expect(started()).toBe(1);
});

it('joins before anything is there', async () => {
  const { ask, started } = gatewayWith();
  const body = { ...greeting, model: 'late' };
  const [first, second] = await Promise.all([ask({ body, headers }), ask({ body, headers })]);
  expect(await first.text()).toBe(await second.text());
  expect(started()).toBe(1);
});

it('keeps no error, and tells it to those who waited', async () => {
  const { ask, started, store } = gatewayWith();
  const body = { ...greeting, model: 'late-fail:RPC_WORKER_LOST' };
  const answers = await Promise.all([ask({ body, headers }), ask({ body, headers })]);
  expect(answers.map(({ status }) => status)).toEqual([502, 502]);
  expect(started()).toBe(1);
  expect((await ask({ body, headers })).status).toBe(502);
  expect(started()).toBe(2);
  const broken = { ...stream, model: 'fail-after:RPC_WORKER_LOST' };
  for (let count = 0; count < 2; count += 1) {
    expect(await (await ask({ body: broken, headers })).text()).toContain('worker_lost');
  }
  expect(started()).toBe(4);
  expect((await ask({ body: { ...greeting, temperature: 9 }, headers })).status).toBe(400);
  expect((await ask({ headers })).status).toBe(200);
  expect(store.entries).toBe(1);
});

it('works on while one of them reads, and stops when the last has left', async () => {
  const { ask, logLines, store } = gatewayWith();
  const aborts = () => logLines.filter(({ event }) => event === 'scripted-abort').length;
  const body = { ...stream, model: 'stalled' };
  const [leaving, staying] = [new AbortController(), new AbortController()];
  const first = await ask({ body, headers, signal: leaving.signal });
  const second = await ask({ body, headers, signal: staying.signal });
  const reader = second.body?.getReader();
  leaving.abort();
  await first.body?.cancel();
  await reader?.read();
  expect(aborts()).toBe(0);
  staying.abort();
  await vi.waitFor(() => expect(aborts()).toBe(1));
  // It is as if it had not been.
  expect(store.entries).toBe(0);
  await vi.waitFor(() =>
    expect(logLines).toContainEqual(expect.objectContaining({ errorCode: 'GATEWAY_CLIENT_LEFT' })),
  );
});

it('keeps an answer for a time, then does it anew', async () => {
  const { ask, started, pass } = gatewayWith({ keptMs: 1000 });
  await (await ask({ headers })).text();
  pass(999);
  await (await ask({ headers })).text();
  expect(started()).toBe(1);
  pass(1);
  await (await ask({ headers })).text();
  expect(started()).toBe(2);
});

it('forgets the oldest beyond a number and beyond bytes', async () => {
  const keyed = (key: string) => ({ headers: { 'idempotency-key': key } });
  const byNumber = gatewayWith({ entriesMax: 2 });
  for (const key of ['a', 'b', 'c', 'c', 'b', 'a']) await (await byNumber.ask(keyed(key))).text();
  expect(byNumber.started()).toBe(4);
  expect(byNumber.store.entries).toBe(2);
  const byBytes = gatewayWith({ bytesMax: 1000 });
  for (const key of ['a', 'b', 'c', 'd']) await (await byBytes.ask(keyed(key))).text();
  expect(byBytes.store.bytes).toBeLessThanOrEqual(1000);
  expect(byBytes.store.bytes).toBeGreaterThan(0);
  await (await byBytes.ask(keyed('d'))).text();
  expect(byBytes.started()).toBe(4);
});

it('refuses to do twice what was too large to keep', async () => {
  const { ask, started, store, pass } = gatewayWith({ entryBytesMax: 200 });
  const body = { ...stream, model: 'echo' };
  const first = await (await ask({ body, headers })).text();
  expect(first.length).toBeGreaterThan(400);
  expect(first).toContain('[DONE]');
  const again = await ask({ body, headers });
  expect([again.status, await again.json()]).toMatchObject([
    409,
    { error: { code: 'idempotency_result_gone' } },
  ]);
  expect([started(), store.bytes]).toEqual([1, 0]);
  pass(defaultIdempotencyLimits.keptMs);
  expect((await ask({ body, headers })).status).toBe(200);
});

it('takes no more from the worker than is read of what is too large to keep', async () => {
  const { ask, logLines } = gatewayWith({ entryBytesMax: 1000 });
  const leaving = new AbortController();
  const response = await ask({ body: { ...stream, model: 'flood' }, headers, signal: leaving.signal });
  const reader = response.body?.getReader();
  await reader?.read();
  leaving.abort();
  await reader?.cancel();
  await vi.waitFor(() => {
    const end = logLines.find(({ event }) => event === 'scripted-end');
    expect(Number(end?.frames)).toBeLessThan(10);
  });
});

describe.each(runtimes)('on %s', (runtime) => {
  let gateway: ServingGateway;
  beforeAll(async () => {
    gateway = await startGateway({ runtime });
  }, 30_000);
  afterAll(() => gateway[Symbol.asyncDispose]());

  it('lets a client that lost its connection join with the same key, and stops for one that does not come back', async () => {
    const body = JSON.stringify({ ...stream, model: 'paused:600' });
    const connection = openRaw(gateway, rawPost(body, ['Idempotency-Key: again']));
    await new Promise<void>((resolve) => connection.socket.once('data', () => resolve()));
    const joined = await postChat(gateway, { body, headers: { 'idempotency-key': 'again' } });
    expect(joined.headers.get('idempotency-replayed')).toBe('true');
    connection.socket.destroy();
    expect(await joined.text()).toMatch(/Hello.* again.*\[DONE\]/s);
    const silent = JSON.stringify({ ...stream, model: 'silent:alone' });
    const alone = openRaw(gateway, rawPost(silent, ['Idempotency-Key: alone']));
    const logged = (event: string) =>
      gateway.logLine(event, (l) => l.event === event && l.model === 'silent:alone');
    await logged('scripted-start');
    alone.socket.destroy();
    await logged('scripted-abort');
  });
});
