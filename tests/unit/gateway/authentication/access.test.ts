import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../../../src/gateway/app.ts';
import { defaultLimits } from '../../../../src/gateway/limits.ts';
import {
  apiKey,
  authorization,
  nodeFiles,
  runtimes,
  type ServingGateway,
  startGateway,
} from '../gateway-program.ts';
import { greeting, openRaw } from '../http-exchange.ts';
import { scriptedInference } from '../scripted-inference.ts';
import { keyAccess } from './key-access.ts';
import { oddHosts, oddTargets } from './odd-addresses.ts';

interface Endpoint {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  /** The router's pattern, where it is not the path. */
  readonly pattern?: string;
  readonly anybody: number;
  readonly withKey: number;
  /** With a key that is granted no route. */
  readonly withoutRoutes: number;
  /** With a key that is granted another model. */
  readonly withoutModel: number;
}

// Every endpoint against every identity. `ALL` is what a known address answers to another method.
const endpoints: readonly Endpoint[] = [
  { method: 'GET', path: '/livez', anybody: 200, withKey: 200, withoutRoutes: 200, withoutModel: 200 },
  { method: 'HEAD', path: '/livez', anybody: 200, withKey: 200, withoutRoutes: 200, withoutModel: 200 },
  { method: 'ALL', path: '/livez', anybody: 401, withKey: 405, withoutRoutes: 405, withoutModel: 405 },
  { method: 'GET', path: '/readyz', anybody: 200, withKey: 200, withoutRoutes: 200, withoutModel: 200 },
  { method: 'HEAD', path: '/readyz', anybody: 200, withKey: 200, withoutRoutes: 200, withoutModel: 200 },
  { method: 'ALL', path: '/readyz', anybody: 401, withKey: 405, withoutRoutes: 405, withoutModel: 405 },
  {
    method: 'POST',
    path: '/v1/chat/completions',
    body: JSON.stringify(greeting),
    anybody: 401,
    withKey: 200,
    withoutRoutes: 403,
    withoutModel: 404,
  },
  {
    method: 'GET',
    path: '/v1/chat/completions',
    anybody: 401,
    withKey: 405,
    withoutRoutes: 405,
    withoutModel: 405,
  },
  {
    method: 'ALL',
    path: '/v1/chat/completions',
    anybody: 401,
    withKey: 405,
    withoutRoutes: 405,
    withoutModel: 405,
  },
  {
    method: 'POST',
    path: '/v1/completions',
    body: JSON.stringify({ model: 'echo', prompt: 'Hello' }),
    anybody: 401,
    withKey: 200,
    withoutRoutes: 403,
    withoutModel: 404,
  },
  {
    method: 'GET',
    path: '/v1/completions',
    anybody: 401,
    withKey: 405,
    withoutRoutes: 405,
    withoutModel: 405,
  },
  {
    method: 'ALL',
    path: '/v1/completions',
    anybody: 401,
    withKey: 405,
    withoutRoutes: 405,
    withoutModel: 405,
  },
  { method: 'GET', path: '/openapi.json', anybody: 401, withKey: 200, withoutRoutes: 403, withoutModel: 200 },
  {
    method: 'HEAD',
    path: '/openapi.json',
    anybody: 401,
    withKey: 200,
    withoutRoutes: 403,
    withoutModel: 200,
  },
  { method: 'ALL', path: '/openapi.json', anybody: 401, withKey: 405, withoutRoutes: 405, withoutModel: 405 },
  ...postAlone('/v1/responses', { model: 'echo', input: 'Hello' }),
  ...postAlone('/tokenize', { model: 'echo', prompt: 'Hello' }),
  ...postAlone('/v1/embeddings', { model: 'echo', input: 'Hello' }, { withKey: 501, withoutModel: 501 }),
  { method: 'GET', path: '/v1/models', anybody: 401, withKey: 200, withoutRoutes: 403, withoutModel: 200 },
  { method: 'HEAD', path: '/v1/models', anybody: 401, withKey: 200, withoutRoutes: 403, withoutModel: 200 },
  { method: 'ALL', path: '/v1/models', anybody: 401, withKey: 405, withoutRoutes: 405, withoutModel: 405 },
  {
    method: 'GET',
    path: '/v1/models/echo',
    pattern: '/v1/models/:model{.+}',
    anybody: 401,
    withKey: 200,
    withoutRoutes: 403,
    withoutModel: 404,
  },
  {
    method: 'ALL',
    path: '/v1/models/echo',
    pattern: '/v1/models/:model{.+}',
    anybody: 401,
    withKey: 405,
    withoutRoutes: 405,
    withoutModel: 405,
  },
  {
    method: 'GET',
    path: '/',
    pattern: '/*',
    anybody: 401,
    withKey: 404,
    withoutRoutes: 404,
    withoutModel: 404,
  },
  {
    method: 'ALL',
    path: '/v1/other',
    pattern: '/*',
    anybody: 401,
    withKey: 404,
    withoutRoutes: 404,
    withoutModel: 404,
  },
];

/** An address that takes POST and nothing else. */
function postAlone(
  path: string,
  body: object,
  { withKey = 200, withoutModel = 404 }: Partial<Pick<Endpoint, 'withKey' | 'withoutModel'>> = {},
): readonly Endpoint[] {
  const others = { path, anybody: 401, withKey: 405, withoutRoutes: 405, withoutModel: 405 };
  return [
    {
      ...{ method: 'POST', path, body: JSON.stringify(body), anybody: 401, withoutRoutes: 403 },
      ...{ withKey, withoutModel },
    },
    { method: 'GET', ...others },
    { method: 'ALL', ...others },
  ];
}

interface Identity {
  readonly title: string;
  readonly headers: readonly string[];
  readonly may: 'anybody' | 'withKey' | 'withoutRoutes' | 'withoutModel';
}

const named = { key: `dk_named_${'0f'.repeat(32)}`, next: `dk_named_${'1e'.repeat(32)}` };

const identities: readonly Identity[] = [
  { title: 'nobody', headers: [], may: 'anybody' },
  { title: 'a wrong key', headers: ['Authorization: Bearer sk-wrong'], may: 'anybody' },
  {
    title: 'the key in another case',
    headers: [`Authorization: Bearer ${apiKey.toUpperCase()}`],
    may: 'anybody',
  },
  {
    title: 'the start of the key',
    headers: [`Authorization: Bearer ${apiKey.slice(0, -1)}`],
    may: 'anybody',
  },
  { title: 'an empty header', headers: ['Authorization:'], may: 'anybody' },
  { title: 'a scheme alone', headers: ['Authorization: Bearer'], may: 'anybody' },
  { title: 'a key alone', headers: [`Authorization: ${apiKey}`], may: 'anybody' },
  { title: 'another scheme', headers: [`Authorization: Basic ${apiKey}`], may: 'anybody' },
  { title: 'two spaces', headers: [`Authorization: Bearer  ${apiKey}`], may: 'anybody' },
  { title: 'two words', headers: [`Authorization: Bearer ${apiKey} x`], may: 'anybody' },
  { title: 'a list', headers: [`Authorization: Bearer x, Bearer ${apiKey}`], may: 'anybody' },
  {
    title: 'two headers',
    headers: ['Authorization: Bearer x', `Authorization: ${authorization}`],
    may: 'anybody',
  },
  {
    title: 'the right header twice',
    headers: [`Authorization: ${authorization}`, 'Authorization: Bearer x'],
    may: 'anybody',
  },
  { title: 'a proxy header', headers: [`Proxy-Authorization: ${authorization}`], may: 'anybody' },
  { title: 'a cookie', headers: [`Cookie: authorization=${authorization}`], may: 'anybody' },
  { title: 'another key header', headers: [`X-Api-Key: ${apiKey}`], may: 'anybody' },
  {
    title: 'a key over 512 characters',
    headers: [`Authorization: Bearer ${'k'.repeat(600)}`],
    may: 'anybody',
  },
  { title: 'the key', headers: [`Authorization: ${authorization}`], may: 'withKey' },
  { title: 'the key, scheme in capitals', headers: [`Authorization: BEARER ${apiKey}`], may: 'withKey' },
  { title: 'the second key', headers: ['Authorization: Bearer second-key'], may: 'withKey' },
  { title: 'a key with its id in it', headers: [`Authorization: Bearer ${named.key}`], may: 'withKey' },
  {
    title: 'a key with the id of another',
    headers: [`Authorization: Bearer ${named.key.replace('named', 'third')}`],
    may: 'anybody',
  },
  {
    title: 'the key that follows the named one',
    headers: [`Authorization: Bearer ${named.next}`],
    may: 'withKey',
  },
  { title: 'an expired key', headers: ['Authorization: Bearer expired-key'], may: 'anybody' },
  { title: 'a key that still holds', headers: ['Authorization: Bearer lasting-key'], may: 'withKey' },
  { title: 'a disabled key', headers: ['Authorization: Bearer disabled-key'], may: 'anybody' },
  { title: 'a key for no route', headers: ['Authorization: Bearer routeless-key'], may: 'withoutRoutes' },
  { title: 'a key for another model', headers: ['Authorization: Bearer modelless-key'], may: 'withoutModel' },
  { title: 'a key for what is asked', headers: ['Authorization: Bearer fitting-key'], may: 'withKey' },
  { title: 'an administrator', headers: ['Authorization: Bearer admin-key'], may: 'withKey' },
];

const otherMethods = ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'];

function entry(id: string, key: string, more: object = {}) {
  return { id, sha256: hash(key), ...more };
}

function hash(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

const keyFile = JSON.stringify([
  ...JSON.parse(nodeFiles['secrets/api-keys.json'] ?? '[]'),
  { id: 'third', sha256: hash('second-key').toUpperCase() },
  { id: 'named', sha256: [hash(named.key), hash(named.next)] },
  entry('expired', 'expired-key', { expiresAt: '2026-01-01T00:00:00Z' }),
  entry('lasting', 'lasting-key', { expiresAt: '9999-01-01T00:00:00+02:00' }),
  entry('disabled', 'disabled-key', { disabled: true }),
  entry('routeless', 'routeless-key', { routes: [] }),
  entry('modelless', 'modelless-key', { models: ['other', 'ech'] }),
  entry('fitting', 'fitting-key', { routes: ['/v1/*', '/openapi.json', '/tokenize'], models: ['ec*'] }),
  entry('admin', 'admin-key', { admin: true }),
]);

describe.each(runtimes)('on %s', (runtime) => {
  let gateway: ServingGateway;
  beforeAll(async () => {
    gateway = await startGateway({ runtime, files: { ...nodeFiles, 'secrets/api-keys.json': keyFile } });
  }, 30_000);
  afterAll(() => gateway[Symbol.asyncDispose]());

  async function send(
    method: string,
    target: string,
    options: { headers?: readonly string[]; host?: string; body?: string } = {},
  ) {
    const { headers = [], host = 'gateway', body = '' } = options;
    const lines = [
      `${method} ${target} HTTP/1.1`,
      `Host: ${host}`,
      'Connection: close',
      ...(body === ''
        ? []
        : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`]),
      ...headers,
    ];
    const text = await openRaw(gateway, `${lines.join('\r\n')}\r\n\r\n${body}`).closed;
    return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]), text };
  }

  it.each(identities)('lets $title do what is of $may', async ({ headers, may }) => {
    for (const endpoint of endpoints) {
      const methods = endpoint.method === 'ALL' ? otherMethods : [endpoint.method];
      for (const method of methods) {
        const { status, text } = await send(method, endpoint.path, { headers, body: endpoint.body ?? '' });
        const expected = endpoint[may];
        expect({ method, path: endpoint.path, status }).toEqual({
          method,
          path: endpoint.path,
          status: expected,
        });
        if (status === 401) {
          if (method !== 'HEAD') expect(text).toContain('"code":"invalid_api_key"');
          expect(text.toLowerCase()).toContain('www-authenticate: bearer');
        }
        if (status === 403 && method !== 'HEAD') expect(text).toContain('"code":"forbidden"');
        if (status === 405) expect(text.toLowerCase()).toMatch(/\r\nallow: (get, head|post)\r\n/);
      }
    }
  });

  it.each(oddTargets)('lets nobody through at %s', async (target) => {
    for (const method of ['GET', 'POST', 'HEAD']) {
      const { status, text } = await send(method, target);
      expect([400, 401]).toContain(status);
      expect(text).not.toContain('owned_by');
    }
  });

  it.each(['/./livez', '/livez#@gateway/v1/models', '/v1/../livez?x=/v1/models'])(
    'answers %s as the public address that it is, and nothing else',
    async (target) => {
      const { status, text } = await send('GET', target);
      expect({ status, body: text.split('\r\n\r\n')[1] }).toEqual({
        status: 200,
        body: '{"status":"alive"}',
      });
    },
  );

  it.each(oddHosts)('lets nobody through with the host "%s"', async (host) => {
    for (const target of ['/v1/models', '/v1/models/echo', '/v1/livez', '/v1/readyz']) {
      const { status, text } = await send('GET', target, { host });
      expect([400, 401]).toContain(status);
      expect(text).not.toMatch(/owned_by|alive|ready/);
    }
  });
});

it('has a row for every route', () => {
  const { signal } = new AbortController();
  const logger = { info: () => {}, warn: () => {} };
  const clock = { nowUnixMs: () => 0 };
  const app = createApp({
    inference: scriptedInference({ logger }),
    access: keyAccess(keyFile, clock),
    limits: defaultLimits,
    clock,
    randomId: () => 'id',
    logger,
    lifecycle: { draining: signal, stopping: signal },
  });
  const rows = new Set(endpoints.map(({ method, path, pattern }) => `${method} ${pattern ?? path}`));
  const routes = new Set(app.routes.map(({ method, path }) => `${method} ${path}`));
  expect(routes.size).toBeGreaterThan(12);
  expect([...routes].filter((route) => !rows.has(route))).toEqual([]);
});
