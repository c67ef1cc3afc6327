/** A listener on the machine's loopback whose connections continue from inside the `internet` namespace: a person's curl crosses every rule. */
import { createServer, type Server, type Socket } from 'node:net';
import { DrydockError } from '../../errors.ts';

export interface RelayListener extends Disposable {
  readonly port: number;
}

const loopback = '127.0.0.1';
const firstPort = 8443;
const attemptsMax = 50;
const connectionsMax = 1_024;

/**
 * @param port exactly this one; absent: 8443, else the next free one.
 * @throws DrydockError SIM_PORT_TAKEN
 */
export async function openRelayListener(
  onConnection: (socket: Socket) => void,
  { port }: { readonly port?: number },
): Promise<RelayListener> {
  const candidates =
    port === undefined ? Array.from({ length: attemptsMax }, (_, index) => firstPort + index) : [port];
  for (const candidate of candidates) {
    const server = createServer({ pauseOnConnect: true }, onConnection);
    server.maxConnections = connectionsMax;
    if (await listens(server, candidate)) {
      const bound = server.address();
      return {
        port: typeof bound === 'object' && bound !== null ? bound.port : candidate,
        // Not waiting for its connections: those were handed over, and end with the fabric.
        [Symbol.dispose]: () => void server.close(),
      };
    }
  }
  throw new DrydockError(
    'SIM_PORT_TAKEN',
    port === undefined
      ? `could not listen on ${loopback}: ports ${firstPort} to ${firstPort + attemptsMax - 1} are all in use; stop what uses them, or choose another with --port`
      : `could not listen on ${loopback}:${port}: it is in use or not allowed; choose another with --port, or leave it out`,
  );
}

/** @throws DrydockError SIM_PORT_TAKEN */
export async function requireFreePort(port: number): Promise<void> {
  using _ = await openRelayListener((socket) => socket.destroy(), { port });
}

function listens(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    });
    server.listen(port, loopback, () => resolve(true));
  });
}
