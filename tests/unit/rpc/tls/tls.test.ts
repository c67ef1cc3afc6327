/** Nodes and engines through the proxy that ends TLS: what passes, what does not, and what is written down of it. */
import { once } from 'node:events';
import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type TestContext, test } from 'vitest';
import { WebSocket } from 'ws';
import { startJudgedEngine } from '../auth/judged-engine.ts';
import type { Frame } from '../conformance/raw-peer.ts';
import { until } from '../until.ts';
import { startProxy } from './proxy.ts';

async function start(context: TestContext) {
  const scope = new AsyncDisposableStack();
  const { path } = scope.use(await mkdtempDisposable(join(tmpdir(), 'drydock-tls-')));
  const engine = scope.use(await startJudgedEngine());
  const proxy = scope.use(await startProxy(engine, path, context));
  const ca = await readFile(proxy.authority.caFile);
  return { engine, proxy, ca, [Symbol.asyncDispose]: () => scope.disposeAsync() };
}

/** A socket, and what it has received. */
function open(url: string, options: WebSocket.ClientOptions) {
  const socket = new WebSocket(url, options);
  const messages: string[] = [];
  const failure: { reason: string } = { reason: '' };
  socket.on('message', (data) => messages.push(String(data)));
  socket.on('error', (error) => {
    failure.reason = error.message;
  });
  const ended = new Promise((resolve) => socket.on('close', resolve));
  return {
    socket,
    messages,
    failure,
    ended,
    received: (count: number) =>
      until(
        `${count} messages`,
        () => messages.length >= count,
        () => failure,
      ),
    [Symbol.dispose]: () => socket.terminate(),
  };
}

test('connections and channels pass, judged by their credential, and no key or token is logged', async (context) => {
  await using parts = await start(context);
  const { engine, proxy, ca } = parts;
  const url = `wss://127.0.0.1:${proxy.ports.gateway}`;
  const headers = await engine.issuer.header('gateway', 'gateway-0');
  using gateway = open(url, { ca, headers });
  await gateway.received(1);
  const call = { type: 'invokefunction', function_id: 'engine::channels::create', data: {} };
  gateway.socket.send(JSON.stringify({ ...call, invocation_id: '00000000-0000-4000-8000-000000000001' }));
  await gateway.received(2);
  const { result } = JSON.parse(gateway.messages[1] ?? '') as { readonly result: Record<string, Frame> };
  const { channel_id, access_key } = result.reader ?? {};
  const end = (port: number, direction: string) =>
    open(`wss://127.0.0.1:${port}/ws/channels/${channel_id}?key=${access_key}&dir=${direction}`, { ca });
  using reader = end(proxy.ports.gateway, 'read');
  using writer = end(proxy.ports.worker, 'write');
  await once(writer.socket, 'open');
  writer.socket.send('a token');
  await reader.received(1);
  expect(reader.messages).toEqual(['a token']);
  for (const { socket, ended } of [writer, reader, gateway]) {
    socket.terminate();
    await ended;
  }
  await until('a line for each', () => (proxy.log().match(/ 101 /g) ?? []).length >= 3, proxy.log);
  expect(proxy.log()).toContain(`/ws/channels/${channel_id}`);
  for (const secret of [
    String(access_key),
    'key=',
    headers.authorization.slice('Bearer '.length),
    'a token',
  ]) {
    expect(proxy.log()).not.toContain(secret);
  }
});

test('a peer that is refused is told apart by the address that the proxy saw, not by what it says of itself', async (context) => {
  await using parts = await start(context);
  const { engine, proxy, ca } = parts;
  const headers = { 'x-forwarded-for': '6.6.6.6' };
  using stranger = open(`wss://127.0.0.1:${proxy.ports.worker}`, { ca, headers });
  await stranger.ended;
  expect(stranger.messages.map((text) => JSON.parse(text).error.code)).toEqual(['AUTH_ERROR']);
  expect(engine.log).toEqual([expect.objectContaining({ reason: 'missing', address: '127.0.0.1' })]);
});

test('who does not trust the authority, speaks plain, or asks for telemetry gets nothing', async (context) => {
  await using parts = await start(context);
  const { proxy, ca } = parts;
  const { gateway: port } = proxy.ports;
  const attempts = [
    { url: `wss://127.0.0.1:${port}`, options: {}, reason: /self-signed|unable to (get|verify)/ },
    { url: `wss://localhost:${port}`, options: { ca }, reason: /does not match|altnames|ECONNREFUSED/i },
    { url: `ws://127.0.0.1:${port}`, options: {}, reason: /hang up|400/ },
    { url: `wss://127.0.0.1:${port}/otel`, options: { ca }, reason: /404/ },
    { url: `wss://127.0.0.1:${port}/ws/channels/a/b`, options: { ca }, reason: /404/ },
  ];
  for (const { url, options, reason } of attempts) {
    using attempt = open(url, options);
    await attempt.ended;
    expect(attempt.failure.reason, url).toMatch(reason);
    expect(attempt.messages).toEqual([]);
  }
});
