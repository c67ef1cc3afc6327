/**
 * Answers the DNS questions of one TCP connection (RFC 7766). It ends when it is idle, after its lifetime however busy, after
 * its questions, and when an answer does not fit into what the asker has room for: nothing is kept for who does not read.
 */
import type { Socket } from 'node:net';
import type { QueryResolver } from '../answer-query.ts';

export interface StreamLimits {
  readonly idleMs: number;
  /** From the first byte to the last. */
  readonly lifetimeMs: number;
  readonly questionsMax: number;
}

const limitsByDefault: StreamLimits = { idleMs: 10_000, lifetimeMs: 60_000, questionsMax: 64 };
/** Questions are short; what is longer is no question. */
const messageBytesMax = 4_096;

export function serveStream(
  socket: Socket,
  resolver: QueryResolver,
  { idleMs, lifetimeMs, questionsMax }: StreamLimits = limitsByDefault,
): void {
  let rest = Buffer.alloc(0);
  let questions = 0;
  const lifetime = setTimeout(() => socket.destroy(), lifetimeMs);
  socket.on('close', () => clearTimeout(lifetime));
  socket.setTimeout(idleMs, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 2 && !socket.destroyed && !socket.writableEnded) {
      const length = rest.readUInt16BE(0);
      if (length > messageBytesMax) return void socket.destroy();
      if (rest.length < 2 + length) return;
      const answer = resolver.answer(rest.subarray(2, 2 + length), 'tcp');
      rest = rest.subarray(2 + length);
      questions += 1;
      if (answer === undefined) return void socket.destroy();
      const size = Buffer.alloc(2);
      size.writeUInt16BE(answer.length);
      if (!socket.write(Buffer.concat([size, answer]))) return void socket.destroy();
      // The last answer still arrives; whoever asks on gets none.
      if (questions >= questionsMax) return void socket.destroySoon();
    }
  });
}
