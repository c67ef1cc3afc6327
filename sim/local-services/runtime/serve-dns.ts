/** Serves DNS on one address, over UDP and TCP (RFC 7766). Every connection is bounded in time and size. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { QueryResolver } from '../answer-query.ts';

const port = 53;
const connectionsMax = 64;
const idleMs = 10_000;
/** Questions are short; what is longer is no question. */
const messageBytesMax = 4_096;

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

function serveStream(socket: Socket, resolver: QueryResolver): void {
  let rest = Buffer.alloc(0);
  socket.setTimeout(idleMs, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 2) {
      const length = rest.readUInt16BE(0);
      if (length > messageBytesMax) return void socket.destroy();
      if (rest.length < 2 + length) return;
      const answer = resolver.answer(rest.subarray(2, 2 + length), 'tcp');
      rest = rest.subarray(2 + length);
      if (answer === undefined) return void socket.destroy();
      const size = Buffer.alloc(2);
      size.writeUInt16BE(answer.length);
      socket.write(Buffer.concat([size, answer]));
    }
  });
}
