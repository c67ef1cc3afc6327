/** TLS at the gateway itself: versions, certificates that change under it, and clients that show theirs. */

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { until } from '../../../support/until.ts';
import {
  authorization,
  nodeFiles,
  type Runtime,
  runtimes,
  type ServingGateway,
  startGateway,
} from '../gateway-program.ts';
import { greeting } from '../http-exchange.ts';

function pem(name: string): string {
  return readFileSync(new URL(`../../../fixtures/gateway-tls/${name}.pem`, import.meta.url), 'utf8');
}

const ca = [pem('authority')];
const certificates = JSON.stringify([
  { id: 'by-subject', subject: 'O=Drydock\\, Ltd.,CN=client' },
  { id: 'by-name', san: 'DNS:neighbour.test', models: ['other'] },
]);

function start(runtime: Runtime, options: { auth?: string; limits?: object } = {}): Promise<ServingGateway> {
  return startGateway({
    runtime,
    environment: { DRYDOCK_TLS: 'on', DRYDOCK_AUTH: options.auth ?? 'api-key' },
    files: {
      ...nodeFiles,
      'secrets/tls.pem': pem('server-one'),
      'secrets/client-ca.pem': pem('authority'),
      'secrets/client-certificates.json': certificates,
    },
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** A new connection each, so that what is shown is shown anew. */
function ask(
  { port }: ServingGateway,
  options: ConnectionOptions & { path?: string; body?: string; keyed?: boolean } = {},
) {
  const { path = '/v1/models', body, keyed = true, ...tls } = options;
  return new Promise<Answer>((resolve, reject) => {
    const sent = request(
      {
        port,
        host: '127.0.0.1',
        path,
        method: body === undefined ? 'GET' : 'POST',
        headers: { ...(keyed ? { authorization } : {}), 'content-type': 'application/json' },
        agent: false,
        ca,
        ...tls,
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
        answer.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

function handshake({ port }: ServingGateway, options: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', ca, ...options }, () => resolve(socket));
    socket.on('error', reject);
  });
}

function put({ runDirectory }: ServingGateway, name: string, text: string): void {
  const path = join(runDirectory, 'secrets', name);
  writeFileSync(`${path}.next`, text);
  renameSync(`${path}.next`, path);
}

describe.concurrent.each(runtimes)('on %s', (runtime) => {
  it('speaks TLS 1.2 and 1.3, nothing older and nothing plain, and names no program', async () => {
    await using gateway = await start(runtime);
    expect(gateway.logLines).toContainEqual(expect.objectContaining({ event: 'ready', isEncrypted: true }));
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = await handshake(gateway, { minVersion: version, maxVersion: version });
      expect([socket.getProtocol(), socket.authorized]).toEqual([version, true]);
      socket.destroy();
    }
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const;
    await expect(handshake(gateway, old)).rejects.toThrow(/protocol version|alert/i);
    for (const weak of ['AES128-SHA', 'ECDHE-ECDSA-AES128-SHA', 'AES128-GCM-SHA256']) {
      const options = { maxVersion: 'TLSv1.2', ciphers: weak } as const;
      await expect(handshake(gateway, options)).rejects.toThrow(/handshake failure|no cipher/i);
    }
    const { status, headers } = await ask(gateway);
    expect({ status, headers }).toMatchObject({
      status: 200,
      headers: {
        'strict-transport-security': 'max-age=31536000',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      },
    });
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['server']));
    expect(JSON.stringify(headers)).not.toMatch(/bun|node|hono|drydock|x-powered-by/i);
    const plain = await new Promise<string>((resolve) => {
      let received = '';
      const socket = connectPlain(gateway.port, '127.0.0.1', () =>
        socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n'),
      );
      socket.on('data', (chunk) => {
        received += chunk.toString('latin1');
      });
      socket.on('close', () => resolve(received));
      socket.on('error', () => {});
    });
    expect(plain).not.toContain('alive');
  });

  it('streams through it, and tells the worker when the client leaves', async () => {
    await using gateway = await start(runtime);
    const whole = await ask(gateway, {
      path: '/v1/chat/completions',
      body: JSON.stringify({ ...greeting, stream: true }),
    });
    expect(whole.text).toMatch(/data: \[DONE\]\n\n$/);
    const socket = await handshake(gateway);
    const body = JSON.stringify({ ...greeting, model: 'stalled', stream: true });
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await new Promise((resolve) => socket.once('data', resolve));
    socket.destroy();
    await gateway.logLine(
      'the end of the generation',
      ({ event, model }) => event === 'scripted-abort' && model === 'stalled',
    );
  });

  it('exchanges its certificate without ending a connection, and keeps the last good one', async () => {
    await using gateway = await start(runtime);
    const before = await handshake(gateway);
    expect(before.getPeerCertificate().subject.CN).toBe('server-one');
    put(gateway, 'tls.pem', pem('server-two'));
    gateway.child.kill('SIGHUP');
    const name = async () => {
      const socket = await handshake(gateway);
      const { CN } = socket.getPeerCertificate().subject;
      socket.destroy();
      return CN;
    };
    await until(async () => ((await name()) === 'server-two' ? true : undefined), {
      what: 'the new certificate',
      budgetMs: 10_000,
    });
    before.write('GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    const answer = await new Promise((resolve) => before.once('data', (chunk) => resolve(String(chunk))));
    expect(answer).toContain('200 OK');

    const [certificate = ''] = pem('server-one').split(/(?=-----BEGIN (?:EC )?PRIVATE)/);
    const [, key = ''] = pem('server-two').split(/(?=-----BEGIN (?:EC )?PRIVATE)/);
    put(gateway, 'tls.pem', `${certificate}${key}`);
    gateway.child.kill('SIGHUP');
    const refusal = await gateway.logLine('the refusal', ({ event }) => event === 'file-refused');
    expect(refusal).toMatchObject({ file: 'secrets/tls.pem', code: 'GATEWAY_TLS_INVALID' });
    expect(await name()).toBe('server-two');
  });

  it('drains in time when it is stopped', async () => {
    await using gateway = await start(runtime);
    const idle = await handshake(gateway);
    const answer = ask(gateway, {
      path: '/v1/chat/completions',
      body: JSON.stringify({ ...greeting, model: 'late' }),
    });
    await gateway.logLine(
      'the request',
      ({ event, model }) => event === 'scripted-start' && model === 'late',
    );
    gateway.child.kill('SIGTERM');
    expect((await answer).status).toBe(200);
    idle.destroy();
    expect(await gateway.exit).toEqual({ code: 0, signal: null });
  });

  it('knows clients by their certificates, and holds each to its grant', async () => {
    await using gateway = await start(runtime, { auth: 'certificate' });
    const as = (name: string) => ({ cert: pem(name), key: pem(name), keyed: false });
    expect(await ask(gateway, as('client'))).toMatchObject({ status: 200 });
    expect(await ask(gateway, as('neighbour'))).toMatchObject({
      status: 200,
      text: '{"object":"list","data":[]}',
    });
    // Of the same name, and of an authority that is not ours; of an end that has come; of nobody; none, with a key.
    expect(await ask(gateway, as('stranger'))).toMatchObject({ status: 401 });
    expect(await ask(gateway, as('expired'))).toMatchObject({ status: 401 });
    expect(await ask(gateway, as('server-one'))).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Certificate' },
    });
    expect(await ask(gateway)).toMatchObject({ status: 401 });
    expect(await ask(gateway, { keyed: false, path: '/livez' })).toMatchObject({ status: 200 });
    const requests = () => gateway.logLines.filter(({ event }) => event === 'request');
    await gateway.logLine('six requests', () => requests().length >= 6);
    const records = requests().map(({ keyId, refusal }) => keyId ?? refusal);
    expect(records.slice(0, 6)).toEqual([
      'by-subject',
      'by-name',
      'credential-missing',
      'credential-missing',
      'certificate-unknown',
      'credential-missing',
    ]);
    // Another authority, from now on.
    put(gateway, 'client-ca.pem', pem('other-authority'));
    gateway.child.kill('SIGHUP');
    await until(async () => ((await ask(gateway, as('client'))).status === 401 ? true : undefined), {
      what: 'the end of the first authority',
      budgetMs: 10_000,
    });
    expect(await ask(gateway, as('stranger'))).toMatchObject({ status: 200 });
  });
});

it.each(runtimes)('does not start on %s with what is no certificate and its key', async (runtime) => {
  await expect(
    startGateway({
      runtime,
      environment: { DRYDOCK_TLS: 'on' },
      files: { ...nodeFiles, 'secrets/tls.pem': pem('authority') },
    }),
  ).rejects.toThrow(/could not use tls.pem/);
});
