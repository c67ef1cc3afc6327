/**
 * Serves DNS on one address, over UDP and TCP (RFC 7766). A connection ends when it is idle, when its time or its questions are
 * used up, and when its asker does not read: what it holds is bounded.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { QueryResolver } from '../answer-query.ts';
import { serveStream } from './serve-dns-stream.ts';

const port = 53;
const connectionsMax = 64;

export async function serveDns(address: string, resolver: QueryResolver): Promise<void> {
  const datagrams = createSocket('udp4');
  datagrams.on('message', (message, { address: asker, port: askerPort }) => {
    const answer = resolver.answer(message, 'udp');
    if (answer) datagrams.send(answer, askerPort, asker);
  });
  // Bound to the very address: the answer must come from where the question went.
  datagrams.bind(port, address);
  const streams = createServer((socket) => serveStream(socket, resolver));
  streams.maxConnections = connectionsMax;
  await Promise.all([once(datagrams, 'listening'), once(streams.listen(port, address), 'listening')]);
  // An asker that is gone makes the next send fail: nobody's error.
  datagrams.on('error', () => undefined);
}
