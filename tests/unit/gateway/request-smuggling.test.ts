/** Requests that two readers could take for two different ones, byte by byte: answered 400, once, and their connection ended. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorization, runtimes, type ServingGateway, startGateway } from './gateway-program.ts';
import { openRaw } from './http-exchange.ts';

/** What an attacker would have the next reader take for a request of its own. */
const smuggled = 'GET /v1/models HTTP/1.1\r\nHost: smuggled\r\n\r\n';
const key = `Authorization: ${authorization}`;

function post(fields: readonly string[], rest: string): string {
  const start = ['POST /v1/chat/completions HTTP/1.1', 'Host: gateway', 'Content-Type: application/json'];
  return `${[...start, ...fields].join('\r\n')}\r\n\r\n${rest}`;
}

function get(fields: readonly string[], version = '1.1'): string {
  return `${[`GET /v1/models HTTP/${version}`, ...fields].join('\r\n')}\r\n\r\n`;
}

const chunked = 'Transfer-Encoding: chunked';
const ended = `0\r\n\r\n${smuggled}`;

const ambiguous: Readonly<Record<string, string>> = {
  'a length and chunks (CL.TE)': post(['Content-Length: 6', chunked], ended),
  'chunks and a length (TE.CL)': post(
    [chunked, 'Content-Length: 4'],
    `5c\r\nGPOST / HTTP/1.1\r\n\r\n${ended}`,
  ),
  'chunks and a length, with a tab': post(['Transfer-Encoding:\tchunked', 'Content-Length: 6'], ended),
  'chunks on a folded line': post(['Transfer-Encoding:', ' chunked', 'Content-Length: 6'], ended),
  'two lengths': post(['Content-Length: 2', 'Content-Length: 50'], `{}${smuggled}`),
  'a list of lengths': post(['Content-Length: 2, 2'], `{}${smuggled}`),
  'a length with a sign': post(['Content-Length: +2'], `{}${smuggled}`),
  'a negative length': post(['Content-Length: -2'], `{}${smuggled}`),
  'a length in hexadecimal': post(['Content-Length: 0x2'], `{}${smuggled}`),
  'a length over every number': post(['Content-Length: 99999999999999999999999'], `{}${smuggled}`),
  'a blank before the colon': post(['Content-Length : 2'], `{}${smuggled}`),
  'an encoding that nearly is chunks': post(['Transfer-Encoding: xchunked'], ended),
  'chunks inside another encoding': post(['Transfer-Encoding: chunked, identity'], ended),
  'two encodings': post([chunked, 'Transfer-Encoding: identity'], ended),
  'chunks before HTTP/1.1': post([chunked], ended).replace('HTTP/1.1', 'HTTP/1.0'),
  'a chunk over every number': post([chunked, key], 'ffffffffffffffffff\r\n{}\r\n0\r\n\r\n'),
  'a chunk of no number': post([chunked, key], 'zz\r\n{}\r\n0\r\n\r\n'),
  'chunks with half a line end': post([chunked, key], `2\n{}\n0\n\n${smuggled}`),
  'a folded line': get(['Host: gateway', 'X-A: b', ` ${key}`]),
  'half a line end in a field': get(['Host: gateway', `X-A: b\n${key}`]),
  'half a line end of the other kind': get(['Host: gateway', `X-A: b\r${key}`]),
  'a NUL in a field': get(['Host: gateway', 'X-A: b\0c']),
  'no host': get([key]),
  'two hosts': get(['Host: gateway', 'Host: other', key, 'Connection: close']),
  'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
};

const others: Readonly<Record<string, readonly [text: string, statuses: RegExp]>> = {
  // RFC 9112 §6.3 lets one length that stands twice be read as one.
  'one length twice': [
    post(
      ['Content-Length: 2', 'Content-Length: 2'],
      `{}${smuggled.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')}`,
    ),
    /^(400|401|401,401)$/,
  ],
  'lines that end in half': [
    get(['Host: gateway', key, 'Connection: close']).replaceAll('\r\n', '\n'),
    /^(400|505)$/,
  ],
  'HTTP/0.9': ['GET /v1/models\r\n\r\n', /^(400|505)$/],
  'content of a GET, which is no request': [
    get(['Host: gateway', key, `Content-Length: ${smuggled.length}`, 'Connection: close']) + smuggled,
    /^200$/,
  ],
  'a change to HTTP/2, which is not taken': [
    get([
      'Host: gateway',
      'Connection: Upgrade, HTTP2-Settings, close',
      'Upgrade: h2c',
      'HTTP2-Settings: AAMAAABk',
    ]),
    /^401$/,
  ],
  'a tunnel, which is not opened': [
    'CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test:443\r\nConnection: close\r\n\r\n',
    /^(400|401)?$/,
  ],
  'a field of 64 KiB': [get(['Host: gateway', `X-A: ${'a'.repeat(65_536)}`]), /^431$/],
  '3,000 fields': [
    get(['Host: gateway', ...Array.from({ length: 3000 }, (_, index) => `X-${index}: 1`)]),
    /^431$/,
  ],
  'an address of 64 KiB': [`GET /${'a'.repeat(65_536)} HTTP/1.1\r\nHost: gateway\r\n\r\n`, /^431$/],
  'the extension of a chunk, of 100 KiB': [
    post([chunked, key], `2;${'x'.repeat(100_000)}\r\n{}\r\n0\r\n\r\n`),
    /^(400|413)$/,
  ],
};

describe.each(runtimes)('on %s', (runtime) => {
  let gateway: ServingGateway;
  beforeAll(async () => {
    gateway = await startGateway({ runtime });
  }, 30_000);
  afterAll(() => gateway[Symbol.asyncDispose]());

  async function statusesOf(text: string): Promise<string> {
    // It ends only when the other side ends it.
    const answer = await openRaw(gateway, text).closed;
    expect(answer).not.toMatch(/\r\n(server|x-powered-by):/i);
    return [...answer.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status).join();
  }

  it.each(Object.entries(ambiguous))('refuses %s', async (_title, text) => {
    expect(await statusesOf(text)).toBe('400');
  });

  it.each(Object.entries(others))('answers %s', async (_title, [text, statuses]) => {
    expect(await statusesOf(text)).toMatch(statuses);
  });
});
