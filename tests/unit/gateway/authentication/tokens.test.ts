/** Tokens at a gateway, whose issuer is a real server: a client is told nothing, the log everything but the token. */

import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiKey, type LogLine, runtimes, type ServingGateway, startGateway } from '../gateway-program.ts';
import { audience, issuerName, openIssuer } from './issuer.ts';

const issuer = await openIssuer({ kid: 'one', nowUnixMs: () => Date.now() });

function listen(): Promise<{ server: Server; url: string }> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [issuer.publicKey] }));
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      resolve({ server, url: `http://127.0.0.1:${port}/jwks` });
    });
  });
}

describe.each(runtimes)('on %s', (runtime) => {
  let gateway: ServingGateway;
  let issuing: Awaited<ReturnType<typeof listen>>;
  beforeAll(async () => {
    issuing = await listen();
    gateway = await startGateway({
      runtime,
      environment: {
        DRYDOCK_AUTH: 'jwt|api-key',
        DRYDOCK_JWT_ISSUER: issuerName,
        DRYDOCK_JWT_AUDIENCE: audience,
        DRYDOCK_JWT_JWKS_URL: issuing.url,
        DRYDOCK_JWT_ALGORITHMS: 'ES256',
      },
    });
  }, 30_000);
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    issuing.server.close();
  });

  async function ask(token: string, path = '/v1/models') {
    const answer = await fetch(`${gateway.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
    const id = answer.headers.get('x-request-id');
    const record = (line: LogLine) => line.event === 'request' && line.requestId === id;
    return {
      status: answer.status,
      headers: answer.headers,
      text: await answer.text(),
      line: await gateway.logLine('the record', record),
    };
  }

  it('takes a token as well as a key, and calls them differently', async () => {
    expect(await ask(await issuer.sign())).toMatchObject({ status: 200, line: { keyId: 'jwt:alice' } });
    expect(await ask(apiKey)).toMatchObject({ status: 200, line: { keyId: 'first' } });
  });

  it('holds a token to its grant', async () => {
    const token = await issuer.sign({ drydock: { models: ['other'], routes: ['/v1/models*'] } });
    expect(await ask(token)).toMatchObject({ status: 200, text: '{"object":"list","data":[]}' });
    expect(await ask(token, '/v1/models/echo')).toMatchObject({ status: 404 });
    const narrow = await issuer.sign({ drydock: { routes: [] } });
    expect(await ask(narrow)).toMatchObject({
      status: 403,
      line: { keyId: 'jwt:alice', errorCode: 'GATEWAY_FORBIDDEN' },
    });
  });

  it('gives one answer to whatever is wrong, and logs what it was without the token', async () => {
    const expired = await issuer.sign({ exp: Math.floor(Date.now() / 1000) - 60 });
    const elsewhere = await issuer.sign({ aud: 'other' });
    const answers = [await ask(expired), await ask(elsewhere), await ask('no-key-at-all')];
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers.map(({ line }) => line.refusal)).toEqual([
      'ERR_JWT_EXPIRED',
      'ERR_JWT_CLAIM_VALIDATION_FAILED',
      'key-unknown',
    ]);
    expect(answers.map(({ headers }) => headers.get('www-authenticate'))).toEqual([
      'Bearer',
      'Bearer',
      'Bearer',
    ]);
    for (const token of [expired, elsewhere]) expect(gateway.output().stderr).not.toContain(token.slice(-20));
  });
});

it.each(runtimes)('says on %s that it cannot judge where the issuer is not there', async (runtime) => {
  const { server, url } = await listen();
  await new Promise((resolve) => server.close(resolve));
  await using gateway = await startGateway({
    runtime,
    environment: {
      DRYDOCK_AUTH: 'jwt',
      DRYDOCK_JWT_ISSUER: issuerName,
      DRYDOCK_JWT_AUDIENCE: audience,
      DRYDOCK_JWT_JWKS_URL: url,
      DRYDOCK_JWT_ALGORITHMS: 'ES256',
    },
    // Without keys: the policy does not ask for any.
    files: { 'node-id': 'gateway-0' },
  });
  const headers = { authorization: `Bearer ${await issuer.sign()}` };
  const answer = await fetch(`${gateway.url}/v1/models`, { headers });
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toBe('5');
  expect(await answer.json()).toMatchObject({ error: { code: 'authentication_unavailable' } });
  gateway.child.kill('SIGHUP');
  expect((await fetch(`${gateway.url}/livez`)).status).toBe(200);
});
