import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { json } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import type { Scenario } from '../../../../sim/drill/failover-bench/scenarios.ts';
import { runScenario } from '../../../../sim/drill/runtime/run-scenario.ts';
import { until } from '../../../support/until.ts';
import { referenceOf } from './drilled.ts';

const asked = z.object({ messages: z.tuple([z.object({ content: z.string() })]) });
const model = 'bench';

function send(response: ServerResponse, letters: string): void {
  for (const letter of letters) {
    const content = [{ bytes: [...Buffer.from(letter)] }];
    const choices = [{ delta: { content: letter }, logprobs: { content } }];
    response.write(`data: ${JSON.stringify({ model, choices })}\n\n`);
  }
}

function end(response: ServerResponse, completionTokens: number): void {
  const choices = [{ delta: {}, finish_reason: 'length' }];
  response.write(
    `data: ${JSON.stringify({ model, choices, usage: { completion_tokens: completionTokens } })}\n\n`,
  );
  response.end('data: [DONE]\n\n');
}

const long = 'abcdefghijklmnopqrstuvwxyz';

/** A gateway that says at once what it has for a prompt, but for the long answer: of that it keeps the end until something was done to it. */
async function openGateway(says: Readonly<Record<string, string>> = {}, { readsAfterMs = 0 } = {}) {
  const struck = Promise.withResolvers<void>();
  let received = 0;
  const receivedWhenStruck: number[] = [];
  const server = createServer(async (request, response) => {
    const readFromMs = performance.now() + readsAfterMs;
    await until(() => performance.now() >= readFromMs || undefined, { what: 'reading', budgetMs: 5_000 });
    const { messages } = asked.parse(await json(request));
    received += 1;
    const said = says[messages[0].content] ?? long;
    response.writeHead(200);
    if (said === long) {
      send(response, long.slice(0, 20));
      await struck.promise;
    }
    send(response, said === long ? long.slice(20) : said);
    end(response, said.length);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('it has a port');
  return {
    doors: [{ gateway: 'gateway-0', port: address.port }],
    receivedWhenStruck,
    striker: {
      async act() {
        receivedWhenStruck.push(received);
        struck.resolve();
        return { brokenMs: 0 };
      },
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

const scenario: Scenario = {
  ...{ id: 'S09', title: 'a worker stalls', requests: 2, clients: 2, afterTokens: 10, limits: {} },
  steps: [{ action: { kind: 'freeze', target: 'worker-0' }, holdMs: 0 }],
};
const known = (answers: Readonly<Record<string, string>>) =>
  Object.entries(answers).map(([prompt, letters]) => ({
    request: { prompt, maxTokens: 64 },
    reference: referenceOf(letters),
  }));
const twoLoads = known({ one: 'xyz', two: 'uvw', three: long, four: long });
const options = {
  ...{ apiKey: 'dd-key', model, slots: 2, now: () => performance.now() },
  onAction: () => undefined,
};

test.each([
  ['whole', { one: 'xyz', two: 'uvw' }, { id: 'S09', verdict: 'pass' }],
  ['short', { one: 'xyz', two: 'uv' }, { verdict: 'fail', reason: 'an answer was short and looked whole' }],
  ['those of others', { one: 'uvw', two: 'xyz' }, { verdict: 'fail' }],
])('answers of a load that was over before anything struck are judged: %s', async (_, says, told) => {
  await using gateway = await openGateway(says);
  const verdict = await runScenario(scenario, { ...options, ...gateway, known: twoLoads });
  expect(verdict).toMatchObject(told);
  // All of the first load, and half of the one that was struck at least.
  expect(gateway.receivedWhenStruck[0]).toBeGreaterThanOrEqual(3);
});

test('where every load is over too soon, nothing was met, and five were tried', async () => {
  await using gateway = await openGateway({ one: 'xyz' });
  const verdict = await runScenario(scenario, { ...options, ...gateway, known: known({ one: 'xyz' }) });
  expect(verdict).toMatchObject({ verdict: 'fail', reason: expect.stringMatching(/^void/) });
  expect(gateway.receivedWhenStruck).toStrictEqual([10]);
});

/** Connections that clients of this process open, as they are told of by Node. */
function watchClients(): readonly Socket[] {
  const sockets: Socket[] = [];
  const note = (message: unknown) => {
    const { socket } = z.object({ socket: z.instanceof(Socket) }).parse(message);
    sockets.push(socket);
  };
  subscribe('net.client.socket', note);
  onTestFinished(() => void unsubscribe('net.client.socket', note));
  return sockets;
}

test('what is struck at once is struck when all requests have left, however long that takes', async () => {
  // More than buffers between the two take, and it is not read at once.
  const prompt = 'x'.repeat(8_000_000);
  await using gateway = await openGateway({}, { readsAfterMs: 60 });
  const sockets = watchClients();
  const unsentWhenStruck: number[] = [];
  const striker = {
    act() {
      unsentWhenStruck.push(...sockets.map(({ writableLength }) => writableLength));
      return gateway.striker.act();
    },
  };
  const verdict = await runScenario(
    { ...scenario, requests: 1, clients: 1, afterTokens: 0 },
    { ...options, doors: gateway.doors, striker, known: known({ [prompt]: long }) },
  );
  expect(verdict).toStrictEqual({ id: 'S09', verdict: 'pass' });
  expect(unsentWhenStruck).toStrictEqual([0]);
});

test('no clock runs on after it', async () => {
  await using gateway = await openGateway();
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = timers();
  await runScenario(scenario, { ...options, ...gateway, known: known({ one: long }) });
  expect(timers()).toBeLessThanOrEqual(before);
});
