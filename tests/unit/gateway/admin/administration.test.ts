/** The administration on the internal listener: every route against every identity, and what each of them does. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  apiKey,
  nodeFiles,
  type Runtime,
  runtimes,
  type ServingGateway,
  startGateway,
} from '../gateway-program.ts';
import { greeting, postChat } from '../http-exchange.ts';
import { keyEntry as entry, inProcessAdministration } from './in-process-administration.ts';

const files = {
  ...nodeFiles,
  'limits.json': JSON.stringify({ default: { requestsPerMinute: 100 }, keys: { second: { models: ['x'] } } }),
  'secrets/admin-keys.json': JSON.stringify([
    entry('root'),
    entry('expired', { admin: true, expiresAt: '2026-01-01T00:00:00Z' }),
    entry('disabled', { admin: true, disabled: true }),
    entry('plain', {}),
    entry('reader', { admin: true, routes: ['/admin/workers'] }),
  ]),
};

interface Endpoint {
  readonly method: string;
  readonly path: string;
  readonly pattern?: string;
  readonly body?: string;
  readonly anybody: number;
  /** With a key that is there and is no administrator's. */
  readonly plain: number;
  /** With a key for the workers alone. */
  readonly reader: number;
  readonly root: number;
}

const guarded = { anybody: 401, plain: 403, reader: 403, root: 200 };
const unknown = { anybody: 401, plain: 404, reader: 404, root: 404 };
const otherMethod = { anybody: 401, plain: 405, reader: 405, root: 405 };
const open = { anybody: 200, plain: 200, reader: 200, root: 200 };

// Every endpoint but the drain, which ends the gateway: internal-app.test.ts has it against every identity.
const endpoints: readonly Endpoint[] = [
  { method: 'GET', path: '/livez', ...open },
  { method: 'GET', path: '/readyz', ...open },
  { method: 'GET', path: '/metrics', ...open },
  { method: 'POST', path: '/metrics', ...otherMethod },
  { method: 'GET', path: '/admin/workers', ...guarded, reader: 200 },
  { method: 'HEAD', path: '/admin/workers', ...guarded, reader: 200 },
  { method: 'POST', path: '/admin/workers', ...otherMethod },
  { method: 'GET', path: '/admin/drain', ...guarded },
  { method: 'DELETE', path: '/admin/drain', ...otherMethod },
  { method: 'GET', path: '/admin/keys', ...guarded },
  { method: 'PUT', path: '/admin/keys', ...otherMethod },
  { method: 'POST', path: '/admin/keys/third/disable', pattern: '/admin/keys/:caller/disable', ...guarded },
  {
    method: 'GET',
    path: '/admin/keys/third/disable',
    pattern: '/admin/keys/:caller/disable',
    ...otherMethod,
  },
  { method: 'POST', path: '/admin/keys/third/enable', pattern: '/admin/keys/:caller/enable', ...guarded },
  { method: 'GET', path: '/admin/keys/third/enable', pattern: '/admin/keys/:caller/enable', ...otherMethod },
  { method: 'POST', path: '/admin/reload', ...guarded },
  { method: 'GET', path: '/admin/reload', ...otherMethod },
  { method: 'GET', path: '/admin/limits', ...guarded },
  { method: 'POST', path: '/admin/limits', ...otherMethod },
  { method: 'GET', path: '/admin/limits/third', pattern: '/admin/limits/:caller', ...guarded },
  { method: 'PUT', path: '/admin/limits/third', pattern: '/admin/limits/:caller', body: '{}', ...guarded },
  { method: 'DELETE', path: '/admin/limits/third', pattern: '/admin/limits/:caller', ...guarded },
  { method: 'PATCH', path: '/admin/limits/third', pattern: '/admin/limits/:caller', ...otherMethod },
  { method: 'POST', path: '/admin/limits/third/reset', pattern: '/admin/limits/:caller/reset', ...guarded },
  {
    method: 'GET',
    path: '/admin/limits/third/reset',
    pattern: '/admin/limits/:caller/reset',
    ...otherMethod,
  },
  { method: 'GET', path: '/v1/models', ...unknown },
  { method: 'GET', path: '/admin', ...unknown },
  { method: 'GET', path: '/', ...unknown },
];

const identities: readonly (readonly [
  title: string,
  key: string | null,
  may: 'anybody' | 'reader' | 'root' | 'plain',
])[] = [
  ['nobody', null, 'anybody'],
  ['a wrong key', 'wrong-key', 'anybody'],
  ['a key of a caller', apiKey, 'anybody'],
  ['an expired key', 'expired-key', 'anybody'],
  ['a disabled key', 'disabled-key', 'anybody'],
  ['a key that is no administrator’s', 'plain-key', 'plain'],
  ['a key for the workers alone', 'reader-key', 'reader'],
  ['an administrator', 'root-key', 'root'],
];

function ask(
  { internalUrl }: ServingGateway,
  path: string,
  { method = 'GET', key = 'root-key', body }: { method?: string; key?: string | null; body?: unknown } = {},
): Promise<Response> {
  const authorization: Record<string, string> = key === null ? {} : { authorization: `Bearer ${key}` };
  return fetch(`${internalUrl}${path}`, {
    method,
    headers: { ...authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

const start = (runtime: Runtime, options: { environment?: Record<string, string> } = {}) =>
  startGateway({ runtime, files, ...options });

describe.each(runtimes)('on %s', (runtime) => {
  let gateway: ServingGateway;
  beforeAll(async () => {
    gateway = await start(runtime);
  }, 30_000);
  afterAll(() => gateway[Symbol.asyncDispose]());

  it.each(identities)('lets %s do no more than it may', async (_title, key, may) => {
    for (const endpoint of endpoints) {
      const { method, path, body } = endpoint;
      const answer = await ask(gateway, path, { method, key, ...(body === undefined ? {} : { body }) });
      const expected = endpoint[may];
      expect({ method, path, status: answer.status }).toEqual({ method, path, status: expected });
      const text = await answer.text();
      if (answer.status === 401) expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      if (answer.status >= 400 && method !== 'HEAD') expect(JSON.parse(text)).toHaveProperty('error.code');
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
  });

  it('has nothing of it on the public port', async () => {
    for (const { path, method } of endpoints.filter(({ path }) => path.startsWith('/admin/'))) {
      for (const key of ['root-key', apiKey]) {
        const headers = { authorization: `Bearer ${key}` };
        const answer = await fetch(`${gateway.url}${path}`, { method, headers });
        expect([path, answer.status]).toEqual([path, key === apiKey ? 404 : 401]);
      }
    }
  });

  it('tells who may call, and nothing that a key is proven by', async () => {
    const text = await (await ask(gateway, '/admin/keys')).text();
    const { credentials } = JSON.parse(text);
    expect(credentials).toEqual(
      ['first', 'second'].map((id) => ({
        ...{ kind: 'api-key', id, caller: id, isDisabled: false, isExpired: false, isShutOut: false },
      })),
    );
    expect(text).not.toMatch(/[0-9a-f]{64}/);
  });

  it('shuts a caller out at once, and lets it in again', async () => {
    const told = await ask(gateway, '/admin/keys/first/disable', { method: 'POST' });
    expect(await told.json()).toEqual({ caller: 'first', isShutOut: true, isInFiles: true });
    expect((await postChat(gateway)).status).toBe(401);
    await gateway.logLine('the refusal', ({ refusal }) => refusal === 'caller-shut-out');
    expect(await (await ask(gateway, '/admin/keys')).json()).toMatchObject({ shutOut: ['first'] });
    expect((await postChat(gateway, { headers: { authorization: 'Bearer another key' } })).status).toBe(401);
    const back = await ask(gateway, '/admin/keys/first/enable', { method: 'POST' });
    expect(await back.json()).toMatchObject({ isShutOut: false });
    expect((await postChat(gateway)).status).toBe(200);
    const subject = await ask(gateway, '/admin/keys/jwt%3Aalice/disable', { method: 'POST' });
    expect(await subject.json()).toEqual({ caller: 'jwt:alice', isShutOut: true, isInFiles: false });
  });

  it('tells what was used, sets other limits and forgives what was used', async () => {
    const used = async () => (await ask(gateway, '/admin/limits/first')).json();
    await ask(gateway, '/admin/limits/first/reset', { method: 'POST' });
    await (await postChat(gateway)).text();
    expect(await used()).toEqual({
      caller: 'first',
      policy: { requestsPerMinute: 100 },
      isOverridden: false,
      used: { requestsInMinute: 1, tokensInMinute: 7, tokensInDay: 0, tokensInMonth: 0, running: 0 },
    });
    const set = await ask(gateway, '/admin/limits/first', { method: 'PUT', body: { requestsPerMinute: 1 } });
    expect(await set.json()).toMatchObject({ policy: { requestsPerMinute: 1 }, isOverridden: true });
    expect((await postChat(gateway)).status).toBe(429);
    await ask(gateway, '/admin/limits/first/reset', { method: 'POST' });
    expect((await postChat(gateway)).status).toBe(200);
    expect((await postChat(gateway)).status).toBe(429);
    const list = await (await ask(gateway, '/admin/limits')).json();
    expect(list).toMatchObject({ callers: [{ caller: 'first', isOverridden: true }], hasMore: false });
    expect(await (await ask(gateway, '/admin/limits?after=first')).json()).toEqual({
      callers: [],
      hasMore: false,
    });
    const back = await ask(gateway, '/admin/limits/first', { method: 'DELETE' });
    expect(await back.json()).toMatchObject({ policy: { requestsPerMinute: 100 }, isOverridden: false });
    expect((await postChat(gateway)).status).toBe(200);
  });

  it('keeps what a limit does not name', async () => {
    const set = await ask(gateway, '/admin/limits/second', { method: 'PUT', body: { tokensPerDay: 9 } });
    expect(await set.json()).toMatchObject({
      policy: { requestsPerMinute: 100, models: ['x'], tokensPerDay: 9 },
    });
  });

  it.each([
    ['none at all', '{"requestsPerMinute":0}', 400],
    ['a name with a slip in it', '{"requestPerMinute":1}', 400],
    ['a list', '[]', 400],
    ['no JSON', '{', 400],
    ['too much', `{"models":["${'x'.repeat(70_000)}"]}`, 413],
  ])('refuses as limits %s', async (_title, body, status) => {
    expect((await ask(gateway, '/admin/limits/first', { method: 'PUT', body })).status).toBe(status);
    expect(await (await ask(gateway, '/admin/limits/first')).json()).toMatchObject({ isOverridden: false });
  });

  it.each([
    ['a control character', '%00'],
    ['too much', 'a'.repeat(65)],
    ['a key', `dk_first_${'0'.repeat(64)}`],
    ['no ASCII', '%C3%A9'],
  ])('takes no caller whose name is %s', async (_title, caller) => {
    const answer = await ask(gateway, `/admin/keys/${caller}/disable`, { method: 'POST' });
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: { param: 'caller' } }]);
    expect(gateway.output().stderr).not.toMatch(/dk_first_|a{65}/);
  });

  it('tells of workers and of the ways to them', async () => {
    expect(await (await ask(gateway, '/admin/workers')).json()).toEqual({
      workers: [
        { workerId: 'worker-0', availabilityZone: 'zone-a', slots: 4, models: ['echo', 'family/echo'] },
      ],
      engines: [],
      routes: [],
    });
  });

  it('drains as a signal does, tells how far it is, and ends', async () => {
    await using leaving = await start(runtime, { environment: { DRYDOCK_DRAIN_MS: '15000' } });
    const stream = await postChat(leaving, { body: { ...greeting, model: 'paused:1000', stream: true } });
    expect((await ask(leaving, '/admin/drain', { method: 'POST', key: 'plain-key' })).status).toBe(403);
    expect((await ask(leaving, '/admin/drain', { method: 'POST', key: null })).status).toBe(401);
    const before = { isDraining: false, running: 1, windowMs: 15_000 };
    expect(await (await ask(leaving, '/admin/drain')).json()).toEqual(before);
    const asked = await ask(leaving, '/admin/drain', { method: 'POST' });
    expect(asked.status).toBe(202);
    await leaving.logLine('the drain', ({ event }) => event === 'stopping');
    expect(await (await ask(leaving, '/admin/drain')).json()).toEqual({ ...before, isDraining: true });
    expect((await fetch(`${leaving.internalUrl}/readyz`)).status).toBe(503);
    expect((await postChat(leaving)).status).toBe(503);
    // It is the first signal, and hurries nobody.
    leaving.child.kill('SIGTERM');
    expect((await stream.text()).endsWith('data: [DONE]\n\n')).toBe(true);
    expect(await leaving.exit).toEqual({ code: 0, signal: null });
  });
});

it.each(runtimes)('lets nobody administer on %s where no file says who may', async (runtime) => {
  await using gateway = await startGateway({ runtime });
  expect((await ask(gateway, '/admin/workers', { key: apiKey })).status).toBe(401);
  await gateway.logLine('the reason', ({ refusal }) => refusal === 'no-administrators');
});

it('has a row for every route', () => {
  const { app, routes } = inProcessAdministration();
  const rows = new Set(endpoints.map(({ method, path, pattern }) => `${method} ${pattern ?? path}`));
  const mounted = app.routes.filter(({ method }) => method !== 'ALL');
  const missing = mounted.map(({ method, path }) => `${method} ${path}`).filter((row) => !rows.has(row));
  expect(missing).toEqual(['POST /admin/drain']);
  expect(routes.every(({ isAdmin, isPublic }) => isAdmin && !isPublic)).toBe(true);
});
