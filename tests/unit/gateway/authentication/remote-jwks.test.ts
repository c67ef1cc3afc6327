/** The issuer's address, played by msw: how often it is asked, what of its answers is taken, and what a failure costs. */

import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { jwtCheck } from '../../../../src/gateway/authentication/jwt-check.ts';
import { remoteJwks } from '../../../../src/gateway/runtime/remote-jwks.ts';
import { audience, issuerName, openIssuer } from './issuer.ts';
import { presentedToken } from './presented-token.ts';

const url = 'https://issuer.test/jwks';
const settings = { issuer: issuerName, audience, algorithms: ['ES256'] };
const clock = { nowUnixMs: () => Date.now() };
const server = setupServer();
let requests = 0;

beforeAll(() => server.listen({ onUnhandledFrame: 'error' }));
beforeEach(() => {
  requests = 0;
  // The library reads the wall clock itself.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 5, 1) });
});
afterEach(() => {
  vi.useRealTimers();
  server.resetHandlers();
});
afterAll(() => server.close());

function serve(answer: () => Response | Promise<Response>): void {
  server.use(
    http.get(url, () => {
      requests += 1;
      return answer();
    }),
  );
}

function openCheck() {
  const check = jwtCheck({ settings, keys: remoteJwks(url, { clock }), clock });
  return async (token: string) => {
    const verdict = await check(presentedToken(token));
    return verdict.kind === 'refused' ? verdict.reason : verdict.kind;
  };
}

const one = await openIssuer({ kid: 'one', ...clock });
const two = await openIssuer({ kid: 'two', ...clock });

it('asks once for many tokens, also for those that come at once', async () => {
  serve(() => HttpResponse.json({ keys: [one.publicKey] }));
  const check = openCheck();
  const token = await one.sign();
  expect(await Promise.all([check(token), check(token), check(token)])).toEqual(['known', 'known', 'known']);
  expect(await check(token)).toBe('known');
  expect(requests).toBe(1);
});

it('finds a new key of the issuer, and is not made to ask for ever by keys that nobody has', async () => {
  const keys = [one.publicKey];
  serve(() => HttpResponse.json({ keys }));
  const check = openCheck();
  expect(await check(await one.sign())).toBe('known');
  keys.push(two.publicKey);
  for (let attempt = 0; attempt < 20; attempt += 1) {
    expect(await check(await one.sign({}, { kid: `guess-${attempt}` }))).toBe('ERR_JWKS_NO_MATCHING_KEY');
  }
  expect(requests).toBe(1);
  vi.setSystemTime(Date.now() + 31_000);
  expect(await check(await two.sign())).toBe('known');
  expect(requests).toBe(2);
});

it('drops a key that the issuer has dropped, after ten minutes', async () => {
  const keys = [one.publicKey, two.publicKey];
  serve(() => HttpResponse.json({ keys }));
  const check = openCheck();
  expect(await check(await one.sign())).toBe('known');
  keys.shift();
  vi.setSystemTime(Date.now() + 601_000);
  expect(await check(await one.sign())).toBe('ERR_JWKS_NO_MATCHING_KEY');
});

const failing: Readonly<Record<string, () => Response | Promise<Response>>> = {
  'an error': () => HttpResponse.error(),
  'a status': () => new HttpResponse('{"keys":[]}', { status: 500 }),
  'a redirect': () => HttpResponse.redirect('https://evil.test/jwks', 302),
  'no JSON': () => HttpResponse.text('<html>'),
  'no keys': () => HttpResponse.json({}),
  'too many keys': () => HttpResponse.json({ keys: Array(101).fill(one.publicKey) }),
  'too many bytes': () => HttpResponse.json({ keys: [], padding: 'x'.repeat(300_000) }),
};

it.each(Object.entries(failing))(
  'cannot judge where the issuer answers with %s, and says so',
  async (_title, answer) => {
    serve(answer);
    const check = openCheck();
    await expect(check(await one.sign())).rejects.toMatchObject({ code: 'GATEWAY_ISSUER_UNREACHABLE' });
    expect(requests).toBe(1);
  },
);

it('leaves an issuer alone that fails, and comes back', async () => {
  let isUp = false;
  serve(() => (isUp ? HttpResponse.json({ keys: [one.publicKey] }) : HttpResponse.error()));
  const check = openCheck();
  const token = await one.sign();
  for (let attempt = 0; attempt < 20; attempt += 1) {
    await expect(check(token)).rejects.toMatchObject({ code: 'GATEWAY_ISSUER_UNREACHABLE' });
  }
  expect(requests).toBe(1);
  isUp = true;
  vi.setSystemTime(Date.now() + 5_001);
  expect(await check(token)).toBe('known');
});

it('asks nobody for a token that no key could make good', async () => {
  serve(() => HttpResponse.json({ keys: [one.publicKey] }));
  const check = openCheck();
  expect(await check(await one.sign({}, { jku: 'https://evil.test/jwks' }))).toBe('jwt-malformed');
  expect(requests).toBe(0);
});
