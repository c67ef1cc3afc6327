/**
 * Where the servers of the upstream half say what they were asked, and are told what to do: a socket file, for they run in the networks of
 * the workers. All of them have one clock and one log so.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { attemptSchema, type Behaviour } from '../failover-bench/behaviour.ts';
import type { Play } from '../failover-bench/play.ts';

export interface UpstreamDesk extends AsyncDisposable {
  /** Path of the socket file. */
  readonly socket: string;
  /** From here on servers do as it says. */
  put(play: Play): void;
}

const nothing: Behaviour = { kind: 'refuse', status: 503, code: 'no_scenario' };

export async function openUpstreamDesk(): Promise<UpstreamDesk> {
  // Not in the folder of the run: the path of a socket has a hundred bytes, and that one may be long.
  const folder = mkdtempSync(join(tmpdir(), 'drydock-bench-'));
  const socket = join(folder, 'desk.sock');
  let play: Play | undefined;
  const reply = (response: ServerResponse, behaviour: Behaviour) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(behaviour));
  };
  const server = createServer((request, response) => {
    json(request)
      .then((body) => {
        const attempt = attemptSchema.parse(body);
        reply(response, play?.next(attempt) ?? nothing);
      })
      .catch(() => response.destroy());
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(socket, resolve);
  await promise;
  return {
    socket,
    put(next) {
      play = next;
    },
    async [Symbol.asyncDispose]() {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
