import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseApiKeys } from '../../../src/gateway/api-keys.ts';
import { createApp } from '../../../src/gateway/app.ts';
import { defaultLimits } from '../../../src/gateway/limits.ts';
import {
  apiKey,
  authorization,
  nodeFiles,
  runtimes,
  type ServingGateway,
  startGateway,
} from './gateway-program.ts';
import { greeting, openRaw } from './http-exchange.ts';
import { scriptedInference } from './scripted-inference.ts';

interface Endpoint {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  /** The router's pattern, where it is not the path. */
  readonly pattern?: string;
  readonly anybody: number;
  readonly withKey: number;
}

// Every endpoint against every identity. `ALL` is what a known address answers to another method.
const endpoints: readonly Endpoint[] = [
  { method: 'GET', path: '/livez', anybody: 200, withKey: 200 },
  { method: 'HEAD', path: '/livez', anybody: 200, withKey: 200 },
  { method: 'ALL', path: '/livez', anybody: 401, withKey: 405 },
  { method: 'GET', path: '/readyz', anybody: 200, withKey: 200 },
  { method: 'HEAD', path: '/readyz', anybody: 200, withKey: 200 },
  { method: 'ALL', path: '/readyz', anybody: 401, withKey: 405 },
  {
    method: 'POST',
    path: '/v1/chat/completions',
    body: JSON.stringify(greeting),
    anybody: 401,
    withKey: 200,
  },
  { method: 'GET', path: '/v1/chat/completions', anybody: 401, withKey: 405 },
  { method: 'ALL', path: '/v1/chat/completions', anybody: 401, withKey: 405 },
  {
    method: 'POST',
    path: '/v1/completions',
    body: JSON.stringify({ model: 'echo', prompt: 'Hello' }),
    anybody: 401,
    withKey: 200,
  },
  { method: 'GET', path: '/v1/completions', anybody: 401, withKey: 405 },
  { method: 'ALL', path: '/v1/completions', anybody: 401, withKey: 405 },
  { method: 'GET', path: '/v1/models', anybody: 401, withKey: 200 },
  { method: 'HEAD', path: '/v1/models', anybody: 401, withKey: 200 },
  { method: 'ALL', path: '/v1/models', anybody: 401, withKey: 405 },
  { method: 'GET', path: '/v1/models/echo', pattern: '/v1/models/:model{.+}', anybody: 401, withKey: 200 },
  { method: 'ALL', path: '/v1/models/echo', pattern: '/v1/models/:model{.+}', anybody: 401, withKey: 405 },
  { method: 'GET', path: '/', pattern: '/*', anybody: 401, withKey: 404 },
  { method: 'ALL', path: '/v1/other', pattern: '/*', anybody: 401, withKey: 404 },
];

interface Identity {
  readonly title: string;
  readonly headers: readonly string[];
  readonly isKnown: boolean;
}

const identities: readonly Identity[] = [
  { title: 'nobody', headers: [], isKnown: false },
  { title: 'a wrong key', headers: ['Authorization: Bearer sk-wrong'], isKnown: false },
  {
    title: 'the key in another case',
    headers: [`Authorization: Bearer ${apiKey.toUpperCase()}`],
    isKnown: false,
  },
  {
    title: 'the start of the key',
    headers: [`Authorization: Bearer ${apiKey.slice(0, -1)}`],
    isKnown: false,
  },
  { title: 'an empty header', headers: ['Authorization:'], isKnown: false },
  { title: 'a scheme alone', headers: ['Authorization: Bearer'], isKnown: false },
  { title: 'a key alone', headers: [`Authorization: ${apiKey}`], isKnown: false },
  { title: 'another scheme', headers: [`Authorization: Basic ${apiKey}`], isKnown: false },
  { title: 'two spaces', headers: [`Authorization: Bearer  ${apiKey}`], isKnown: false },
  { title: 'two words', headers: [`Authorization: Bearer ${apiKey} x`], isKnown: false },
  { title: 'a list', headers: [`Authorization: Bearer x, Bearer ${apiKey}`], isKnown: false },
  {
    title: 'two headers',
    headers: ['Authorization: Bearer x', `Authorization: ${authorization}`],
    isKnown: false,
  },
  {
    title: 'the right header twice',
    headers: [`Authorization: ${authorization}`, 'Authorization: Bearer x'],
    isKnown: false,
  },
  { title: 'a proxy header', headers: [`Proxy-Authorization: ${authorization}`], isKnown: false },
  { title: 'a cookie', headers: [`Cookie: authorization=${authorization}`], isKnown: false },
  { title: 'another key header', headers: [`X-Api-Key: ${apiKey}`], isKnown: false },
  {
    title: 'a key over 512 characters',
    headers: [`Authorization: Bearer ${'k'.repeat(600)}`],
    isKnown: false,
  },
  { title: 'the key', headers: [`Authorization: ${authorization}`], isKnown: true },
  { title: 'the key, scheme in capitals', headers: [`Authorization: BEARER ${apiKey}`], isKnown: true },
  { title: 'the second key', headers: ['Authorization: Bearer second-key'], isKnown: true },
];

const otherMethods = ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'];

// Addresses that a front end and a router may read differently. None may reach what needs a key.
const oddTargets: readonly string[] = [
  '//livez',
  '/livez/',
  '/LIVEZ',
  '/livez%2f',
  '/livez%00',
  '/livez;x',
  '/livez/v1/models',
  '/livez/%2e%2e/v1/models',
  '/livez/../v1/models',
  '/livez/..%2fv1/models',
  '/livez%2f..%2fv1%2fmodels',
  '/v1/models?x=/livez',
  '/v1/models#/livez',
  '/v1/models;/livez',
  '/v1/models/..%2f..%2flivez',
  '/v1/models/%2e%2e%2f%2e%2e%2flivez',
  '/v1//models',
  '//v1/models',
  '/v1/%6dodels',
  '/V1/MODELS',
  '/v1/models/',
  '/v1/models%',
  '/v1/models/%E0%A4%A',
  '/v1/models/echo?/readyz',
  '/.%2e/v1/models',
  '\\v1\\models',
  'http://gateway/v1/models',
  'http://livez/v1/models',
  'http://user:pass@gateway/v1/models',
  '*',
];

const oddHosts: readonly string[] = [
  'gateway#@livez',
  'gateway/livez?',
  'gateway/livez#',
  'livez',
  'x/v1/livez?',
  '127.0.0.1:1/livez',
  '[::1]',
  '',
  'a b',
  'gateway\\livez',
];

const keyFile = JSON.stringify([
  ...JSON.parse(nodeFiles['secrets/api-keys.json'] ?? '[]'),
  { id: 'third', sha256: createHash('sha256').update('second-key').digest('hex').toUpperCase() },
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

  it.each(identities)('knows $title: $isKnown', async ({ headers, isKnown }) => {
    for (const endpoint of endpoints) {
      const methods = endpoint.method === 'ALL' ? otherMethods : [endpoint.method];
      for (const method of methods) {
        const { status, text } = await send(method, endpoint.path, { headers, body: endpoint.body ?? '' });
        const expected = isKnown ? endpoint.withKey : endpoint.anybody;
        expect({ method, path: endpoint.path, status }).toEqual({
          method,
          path: endpoint.path,
          status: expected,
        });
        if (status === 401) {
          if (method !== 'HEAD') expect(text).toContain('"code":"invalid_api_key"');
          expect(text.toLowerCase()).toContain('www-authenticate: bearer');
        }
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
  const app = createApp({
    inference: scriptedInference({ logger }),
    apiKeys: parseApiKeys(keyFile),
    limits: defaultLimits,
    clock: { nowUnixMs: () => 0 },
    randomId: () => 'id',
    logger,
    lifecycle: { draining: signal, stopping: signal },
  });
  const rows = new Set(endpoints.map(({ method, path, pattern }) => `${method} ${pattern ?? path}`));
  const routes = app.routes.map(({ method, path }) => `${method} ${path}`);
  expect(routes).toHaveLength(15);
  expect(routes.filter((route) => !rows.has(route))).toEqual([]);
});
