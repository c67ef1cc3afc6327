/**
 * Where the servers of the upstream half say what they were asked, and are told what to do: a socket file, for they run in the networks of
 * the workers. All of them have one clock and one log so. It is in the folder of the run, so that one that was killed leaves nothing elsewhere.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { openSocketPath } from '../../control/index.ts';
import { attemptSchema, type Behaviour } from '../failover-bench/behaviour.ts';
import type { Play } from '../failover-bench/play.ts';

export interface UpstreamDesk extends AsyncDisposable {
  /** Holds the socket file alone. */
  readonly folder: string;
  /** From here on servers do as it says. */
  put(play: Play): void;
}

/** Name of the socket file. */
export const deskSocket = 'desk.sock';

const nothing: Behaviour = { kind: 'refuse', status: 503, code: 'no_scenario' };

/** @param parent exists, and gets a folder that is gone with the desk. Its path may be longer than that of a socket. */
export async function openUpstreamDesk(parent: string): Promise<UpstreamDesk> {
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(parent, 'desk-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const place = stack.use(openSocketPath(folder, deskSocket));
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
  server.once('error', reject).listen(place.path, resolve);
  await promise;
  stack.defer(async () => {
    const closed = Promise.withResolvers<void>();
    server.close(() => closed.resolve());
    server.closeAllConnections();
    await closed.promise;
  });
  const owned = stack.move();
  return {
    folder,
    put(next) {
      play = next;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
