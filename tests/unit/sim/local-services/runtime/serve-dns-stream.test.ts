/** One TCP connection of the resolver, on loopback: every way in which it ends. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import type { QueryResolver } from '../../../../../sim/local-services/answer-query.ts';
import {
  type StreamLimits,
  serveStream,
} from '../../../../../sim/local-services/runtime/serve-dns-stream.ts';

const patient: StreamLimits = { idleMs: 10_000, lifetimeMs: 10_000, questionsMax: 64 };
const question = Buffer.from([0, 3, 1, 2, 3]);
const short = Buffer.from([9, 9]);

/** The asker's end, and how many answers were made. */
async function connected(answer: Buffer | undefined, limits: Partial<StreamLimits>) {
  const asked: number[] = [];
  const resolver: Pick<QueryResolver, 'answer'> = {
    answer: (message) => {
      asked.push(message.length);
      return answer;
    },
  };
  const there = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    socket.on('close', () => there.resolve());
    serveStream(socket, resolver, { ...patient, ...limits });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return {
    socket,
    asked,
    closedThere: there.promise,
    async [Symbol.asyncDispose]() {
      socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** However it ends: an asker that is cut off in the middle sees a reset. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

/** What came until the other end closed. */
async function readToEnd(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await closed(socket);
  return Buffer.concat(chunks);
}

test('answers as many questions as it takes, the last one too, and then closes', async () => {
  await using asker = await connected(short, { questionsMax: 3 });
  asker.socket.write(Buffer.concat(Array.from({ length: 10 }, () => question)));
  const framed = [0, 2, 9, 9];
  expect([...(await readToEnd(asker.socket))]).toEqual([...framed, ...framed, ...framed]);
  expect(asker.asked).toEqual([3, 3, 3]);
});

test('ends for an asker that does not read, with most of its questions unanswered', async () => {
  await using asker = await connected(Buffer.alloc(60_000), { questionsMax: 10_000 });
  asker.socket.pause();
  asker.socket.write(Buffer.concat(Array.from({ length: 1000 }, () => question)));
  await asker.closedThere;
  expect(asker.asked.length).toBeGreaterThan(0);
  expect(asker.asked.length).toBeLessThan(500);
});

test('ends after its lifetime though it is never idle', async () => {
  await using asker = await connected(short, {
    lifetimeMs: 150,
    idleMs: 100,
    questionsMax: Number.POSITIVE_INFINITY,
  });
  const ask = () => asker.socket.write(question);
  asker.socket.on('data', ask);
  ask();
  await closed(asker.socket);
  expect(asker.asked.length).toBeGreaterThan(1);
});

test('ends when nothing is asked', async () => {
  await using asker = await connected(short, { idleMs: 50 });
  expect(await readToEnd(asker.socket)).toHaveLength(0);
});

test.each([
  ['a question that is too long', Buffer.from([0x10, 1]), short, 0],
  ['a question that has no answer', question, undefined, 1],
])('ends at %s', async (_, bytes, answer, count) => {
  await using asker = await connected(answer, {});
  asker.socket.write(bytes);
  expect(await readToEnd(asker.socket)).toHaveLength(0);
  expect(asker.asked).toHaveLength(count);
});
