/** The bench's way to its upstream, on a server of the loopback. */

import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { keptConnections } from '../../../../bench/gateway/kept-connections.ts';

async function serve(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const connections = { count: 0 };
  server.on('connection', () => {
    connections.count += 1;
  });
  return {
    connections,
    kept: keptConnections(new URL(`http://127.0.0.1:${port}/`)),
    [Symbol.dispose]: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const never = new AbortController().signal;

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

it('reads what comes in chunks, also of parts of characters, and asks again on the same connection', async () => {
  const bytes = Buffer.from('größer 🚢');
  const asked: string[] = [];
  using server = await serve((request, response) => {
    request.setEncoding('utf8').on('data', (body) => asked.push(body));
    request.on('end', () => {
      for (const byte of bytes) response.write(Buffer.of(byte));
      response.end();
    });
  });
  for (const body of ['{"ä":1}', '{}']) expect(await textOf(server.kept.post(body, never))).toBe('größer 🚢');
  expect([asked, server.connections.count]).toEqual([['{"ä":1}', '{}'], 1]);
});

it.each([
  ['an abort', (controller: AbortController) => controller.abort()],
  ['leaving', () => {}],
])('closes the connection on %s', async (_, leave) => {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  using server = await serve((_request, response) => {
    response.on('close', resolve);
    response.write('begun');
  });
  const controller = new AbortController();
  const pieces = server.kept.post('{}', controller.signal);
  expect(await pieces.next()).toEqual({ done: false, value: 'begun' });
  leave(controller);
  await pieces.return();
  await closed;
});

it.each([
  [
    'breaks off',
    (response: ServerResponse) => void response.write('x', () => response.destroy()),
    /broke off/,
  ],
  ['is not 200', (response: ServerResponse) => void response.writeHead(503).end(), /did not answer 200/],
])('throws where an answer %s', async (_, answer, reason) => {
  using server = await serve((_request, response) => answer(response));
  await expect(textOf(server.kept.post('{}', never))).rejects.toThrow(reason);
});
