/** The allow-list at a listener, where the peer is a real one: 127.0.0.1 is the proxy, 127.0.0.2 and all others are not. */

import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorization, runtimes, type ServingGateway, startGateway } from '../gateway-program.ts';

describe.each(runtimes)('on %s', (runtime) => {
  let gateway: ServingGateway;
  beforeAll(async () => {
    gateway = await startGateway({
      runtime,
      environment: {
        DRYDOCK_ALLOWED_ADDRESSES: '198.51.100.0/24,2001:db8::/32',
        DRYDOCK_TRUSTED_PROXIES: '127.0.0.1',
      },
    });
  }, 30_000);
  afterAll(() => gateway[Symbol.asyncDispose]());

  function ask(
    headers: readonly string[],
    { from = '127.0.0.1', path = '/v1/models' } = {},
  ): Promise<string> {
    return new Promise((resolve, reject) => {
      let received = '';
      const socket = connect({ port: gateway.port, host: '127.0.0.1', localAddress: from });
      const lines = [
        `GET ${path} HTTP/1.1`,
        'Host: gateway',
        'Connection: close',
        `Authorization: ${authorization}`,
        ...headers,
      ];
      socket.setEncoding('utf8').on('data', (chunk) => {
        received += chunk;
      });
      socket.on('close', () => resolve(/^HTTP\/1\.1 (\d+)/.exec(received)?.[1] ?? received));
      socket.on('error', reject);
      socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    });
  }

  it.each<[string, readonly string[], { from?: string; path?: string }, string]>([
    ['the proxy for an allowed client', ['X-Forwarded-For: 198.51.100.7'], {}, '200'],
    ['the proxy for an allowed client of IPv6', ['X-Forwarded-For: 2001:db8::7'], {}, '200'],
    ['the proxy for an allowed client, mapped', ['X-Forwarded-For: ::ffff:198.51.100.7'], {}, '200'],
    ['the proxy for another client', ['X-Forwarded-For: 203.0.113.1'], {}, '403'],
    [
      'the proxy for one who invents an allowed one',
      ['X-Forwarded-For: 198.51.100.7, 203.0.113.1'],
      {},
      '403',
    ],
    ['the same, in two fields', ['X-Forwarded-For: 198.51.100.7', 'X-Forwarded-For: 203.0.113.1'], {}, '403'],
    ['the proxy for who knows whom', ['X-Forwarded-For: unknown'], {}, '403'],
    ['the proxy for itself', [], {}, '403'],
    ['a stranger', [], { from: '127.0.0.2' }, '403'],
    [
      'a stranger who speaks as the proxy would',
      ['X-Forwarded-For: 198.51.100.7'],
      { from: '127.0.0.2' },
      '403',
    ],
    [
      'a stranger by other fields',
      ['X-Real-IP: 198.51.100.7', 'Forwarded: for=198.51.100.7', 'True-Client-IP: 198.51.100.7'],
      {},
      '403',
    ],
    ['the proxy to see whether it lives', [], { path: '/livez' }, '200'],
    ['a stranger to see whether it lives', [], { from: '127.0.0.2', path: '/livez' }, '200'],
  ])('answers %s', async (_title, headers, options, status) => {
    expect(await ask(headers, options)).toBe(status);
  });

  it('says so before it looks at credentials, and writes down who it was', async () => {
    const answer = await fetch(`${gateway.url}/v1/models`, { headers: { 'x-forwarded-for': '203.0.113.8' } });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ error: { code: 'address_not_allowed' } });
    const line = await gateway.logLine('the record', ({ client }) => client === '203.0.113.8');
    expect(line).toMatchObject({ errorCode: 'GATEWAY_ADDRESS_REFUSED' });
  });
});
