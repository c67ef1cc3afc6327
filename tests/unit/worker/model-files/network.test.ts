/** Whether a host answers, asked on loopback; and that a proxy of the environment is used. */

import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openNetwork } from '../../../../src/worker/model-files/runtime/network.ts';
import { startProgram } from './start-program.ts';
import { rejection } from './workshop.ts';

const signal = new AbortController().signal;
const { reach } = openNetwork({});

async function portOf(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}

test('reaches a host that accepts', async () => {
  const server = createServer();
  onTestFinished(() => void server.close());
  await expect(reach(`https://127.0.0.1:${await portOf(server)}/x`, signal)).resolves.toBeUndefined();
});

test('does not reach a port where nothing listens, nor anything after an abort', async () => {
  const url = `https://127.0.0.1:${await freePort()}/x`;
  await expect(reach(url, signal)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await expect(reach(url, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
});

test('gives up after a second a host whose packets are dropped', async () => {
  // A stopped listener with a full queue: the kernel drops whatever else wants to connect.
  const { child, firstLine } = startProgram(new URL('./listen.ts', import.meta.url));
  const port = Number(await firstLine);
  child.kill('SIGSTOP');
  const queued = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  onTestFinished(() => {
    for (const socket of queued) socket.destroy();
  });
  await expect.poll(() => queued.filter(({ connecting }) => !connecting).length).toBeGreaterThan(1);
  const startedMs = performance.now();
  const error = await rejection(reach(`https://127.0.0.1:${port}/x`, signal));
  const tookMs = performance.now() - startedMs;
  expect(error.message).toBe('no connection within 1 s');
  expect(tookMs).toBeGreaterThan(900);
  expect(tookMs).toBeLessThan(2000);
});

test('goes through the proxy that the environment names', async () => {
  const asked: string[] = [];
  const proxy = createHttpServer();
  proxy.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  onTestFinished(() => void proxy.close());
  const words = ['https://models.test/x', `http://127.0.0.1:${await portOf(proxy)}`];
  const { firstLine } = startProgram(new URL('./ask-through-proxy.ts', import.meta.url), words);
  expect(await firstLine).toBe('fetch failed');
  expect(asked).toEqual(['models.test:443']);
});
