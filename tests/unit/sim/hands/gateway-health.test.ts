import { createServer, type RequestListener } from 'node:http';
import { expect, test } from 'vitest';
import { askGateway } from '../../../../sim/hands/gateway-health-runtime.ts';

async function askedOf(answer: RequestListener, budgetMs?: number) {
  await using server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  const health = await askGateway(`http://127.0.0.1:${port}`, budgetMs);
  server.closeAllConnections();
  return health;
}

const route = { workerId: 'worker-0', engine: 'eu-west-1a', isUp: true, isDraining: false, inflight: 2 };

test.each([
  ['one that is ready', 200, { status: 'ready' }, { state: 'ready', isReady: true }],
  ['one that is not', 503, { status: 'waiting' }, { state: 'waiting', isReady: false }],
  [
    'what it tells of engines and workers',
    ...([
      200,
      { status: 'ready', engines: [{ availabilityZone: 'a', isUp: false }], routes: [route] },
    ] as const),
    { state: 'ready', isReady: true, engines: [{ availabilityZone: 'a', isUp: false }], routes: [route] },
  ],
  [
    'words of another version',
    ...([200, { status: 'ready', engines: 2 }] as const),
    { state: 'ready', isReady: true },
  ],
  ['no words', 500, 'x', { state: 'HTTP status 500', isReady: false }],
] as const)('tells %s', async (_what, status, body, health) => {
  const told = await askedOf((_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  expect(told).toStrictEqual(health);
});

test('waits no longer than its budget, and says so', async () => {
  expect(await askedOf(() => undefined, 50)).toStrictEqual({
    ...{ state: 'no answer within 50 ms', isReady: false },
  });
});

test('says that there is no connection', async () => {
  const health = await askedOf((request) => request.socket.destroy());
  expect(health).toStrictEqual({ state: 'no connection', isReady: false });
});
