/** Signed requests at a gateway: every algorithm on both runtimes, content held against its digest, and nothing gained by leaving the signature out. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  authorization,
  type LogLine,
  nodeFiles,
  runtimes,
  type ServingGateway,
  startGateway,
} from '../gateway-program.ts';
import { greeting } from '../http-exchange.ts';
import { type Algorithm, openSigner, type SignedFields, signedFields } from './signer.ts';

const algorithms: readonly Algorithm[] = ['ed25519', 'ecdsa-p256-sha256', 'rsa-pss-sha512', 'hmac-sha256'];
const signers = algorithms.map((algorithm) => openSigner(algorithm, algorithm));
const [signer = openSigner('none', 'ed25519')] = signers;
const other = openSigner('other', 'ed25519');
const entries = [
  ...signers.map(({ entry }) => ({ ...entry, caller: 'first' })),
  { ...other.entry, caller: 'second' },
];
const files = { ...nodeFiles, 'secrets/signature-keys.json': JSON.stringify(entries) };
const body = JSON.stringify(greeting);

describe.each(runtimes)('on %s', (runtime) => {
  let gateway: ServingGateway;
  beforeAll(async () => {
    gateway = await startGateway({ runtime, files, environment: { DRYDOCK_AUTH: 'api-key+signature' } });
  }, 30_000);
  afterAll(() => gateway[Symbol.asyncDispose]());

  async function send(fields: SignedFields, sent: { readonly body?: string; readonly path?: string } = {}) {
    const answer = await fetch(`${gateway.url}${sent.path ?? '/v1/chat/completions'}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization, ...fields },
      body: sent.body ?? body,
    });
    const id = answer.headers.get('x-request-id');
    const record = (line: LogLine) => line.event === 'request' && line.requestId === id;
    const line = await gateway.logLine('the record', record);
    return { status: answer.status, headers: answer.headers, text: await answer.text(), line };
  }

  const sign = (by = signer) =>
    signedFields(by, {
      method: 'POST',
      url: `${gateway.url}/v1/chat/completions`,
      body,
      nowUnixMs: Date.now(),
    });

  it.each(signers)('takes a request signed with $algorithm, once', async (by) => {
    const fields = sign(by);
    expect(await send(fields)).toMatchObject({ status: 200, line: { keyId: 'first' } });
    expect(await send(fields)).toMatchObject({ status: 401, line: { refusal: 'signature-replayed' } });
  });

  it('refuses other content than was signed, of the same length too', async () => {
    for (const content of [body.replace('canary', 'Canary'), `${body} `, '{}']) {
      const answer = await send(sign(), { body: content });
      expect(answer).toMatchObject({ status: 401, line: { refusal: 'content-digest-wrong' } });
      expect(answer.text).toContain('"code":"invalid_api_key"');
    }
  });

  it('gives one answer to a missing, a wrong and a foreign signature, and says which it would take', async () => {
    const { signature = '' } = sign();
    const answers = [
      await send({}),
      await send({ ...sign(), signature }),
      await send(sign(other)),
      await send({ ...sign(), authorization: 'Bearer wrong' }),
    ];
    expect(answers.map(({ line }) => line.refusal)).toEqual([
      'credential-missing',
      'signature-wrong',
      'credentials-disagree',
      'key-unknown',
    ]);
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    for (const { headers } of answers) {
      expect(headers.get('www-authenticate')).toBe('Bearer');
      expect(headers.get('accept-signature')).toBe(
        'drydock=("@method" "@authority" "@path" "@query" "content-digest");created;expires;nonce;keyid;alg',
      );
    }
  });

  it('refuses content over the limit before it has all of it', async () => {
    const large = JSON.stringify({ ...greeting, padding: 'x'.repeat(1_100_000) });
    const url = `${gateway.url}/v1/chat/completions`;
    const fields = signedFields(signer, { method: 'POST', url, body: large, nowUnixMs: Date.now() });
    expect(await send(fields, { body: large })).toMatchObject({ status: 413 });
  });
});
