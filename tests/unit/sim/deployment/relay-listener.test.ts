import { createServer, type Server } from 'node:net';
import { expect, test } from 'vitest';
import { openRelayListener } from '../../../../sim/deployment/runtime/relay-listener.ts';

async function occupy(port: number): Promise<{ server: Server; port: number }> {
  const server = createServer();
  await new Promise<void>((resolve, reject) =>
    server.once('error', reject).listen(port, '127.0.0.1', resolve),
  );
  const bound = server.address();
  if (typeof bound !== 'object' || bound === null) throw new TypeError('a TCP server has a port');
  return { server, port: bound.port };
}

test('takes another port when its first one is in use', async () => {
  using first = await openRelayListener((socket) => socket.destroy(), {});
  using second = await openRelayListener((socket) => socket.destroy(), {});
  expect(second.port).toBeGreaterThan(first.port);
});

test('refuses a given port that is in use in one line', async () => {
  const { server, port } = await occupy(0);
  await expect(openRelayListener((socket) => socket.destroy(), { port })).rejects.toMatchObject({
    code: 'SIM_PORT_TAKEN',
    message: `could not listen on 127.0.0.1:${port}: it is in use or not allowed; choose another with --port, or leave it out`,
  });
  server.close();
});

test('gives its port back when it is disposed', async () => {
  const { server, port } = await occupy(0);
  await new Promise((resolve) => server.close(resolve));
  (await openRelayListener((socket) => socket.destroy(), { port }))[Symbol.dispose]();
  using again = await openRelayListener((socket) => socket.destroy(), { port });
  expect(again.port).toBe(port);
});
