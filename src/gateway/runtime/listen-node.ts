/**
 * Serves on Node's HTTP server. Header bytes, slow headers, idle and silent connections and their number are bounded by it;
 * what is not HTTP at all it answers itself, without our envelope.
 */

import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Connection } from '../connection.ts';
import {
  type Listener,
  type ListenOptions,
  listenError,
  portOf,
  refusingOddAddresses,
  silentSocketSeconds,
  unreadableAnswer,
} from './listen.ts';

const serverOptions = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  // How often it looks for those that are late. The default would give them half a minute more.
  connectionsCheckingInterval: 2_000,
  // Longer than the application's own time for a body, which answers in our envelope.
  requestTimeout: 60_000,
  keepAliveTimeout: 65_000,
} as const;

const connectionsMax = 4096;

export async function listenOnNode(options: ListenOptions): Promise<Listener> {
  const fetch = refusingOddAddresses(options.fetch);
  const answer = getRequestListener(
    (request, { incoming }) => fetch(request, connectionOf(incoming.socket)),
    { errorHandler: unreadableAnswer },
  );
  let isClosing = false;
  const server = createServer(serverOptions, (incoming, outgoing) => {
    // Node closes what is idle when it is told to close; what becomes idle after that would keep it open.
    outgoing.once('close', () => {
      if (isClosing) setImmediate(() => server.closeIdleConnections());
    });
    void answer(incoming, outgoing);
  });
  server.timeout = silentSocketSeconds * 1000;
  server.maxConnections = connectionsMax;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(listenError(cause, options)));
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: portOf(server.address()),
    close: () => {
      isClosing = true;
      return new Promise((resolve) => server.close(() => resolve()));
    },
    destroy: () => server.closeAllConnections(),
  };
}

function connectionOf({ remoteAddress = '', remotePort }: Socket): Connection {
  return { peerAddress: remoteAddress, ...(remotePort === undefined ? {} : { peerPort: remotePort }) };
}
