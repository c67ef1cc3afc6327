/** Long-lived TCP connections inside a fabric: a server that echoes, and a client that sees whether an echo still comes. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import type { StartedFabric, SupervisorEvent } from '../../sim/fabric/index.ts';
import { until } from './until.ts';

export interface EchoServer {
  readonly id: string;
  readonly namespace: string;
  readonly port: number;
}

const program = `
const server = require('node:net').createServer((socket) => {
  socket.on('error', () => undefined);
  socket.on('data', (data) => socket.write(data));
});
process.on('SIGTERM', () => process.exit(0));
server.listen(Number(process.env.PORT), '0.0.0.0', () => process.stderr.write('listening\\n'));
`;

/** Hears from the fabric when a server listens. */
export class EchoServers {
  readonly #listening = new Set<string>();
  readonly ended: string[] = [];

  readonly onEvent = (event: SupervisorEvent): void => {
    if (event.kind === 'machine-log' && event.line === 'listening') this.#listening.add(event.id);
    if (event.kind === 'machine-exit') this.ended.push(event.id);
  };

  async start(fabric: StartedFabric, servers: readonly EchoServer[]): Promise<void> {
    for (const { id, namespace, port } of servers) {
      await fabric.startMachine({
        id,
        namespace,
        command: [process.execPath, '-e', program],
        environment: { PORT: String(port) },
        files: {},
        mounts: [],
        hiddenFolders: [],
        logFile: '/dev/null',
      });
    }
    const all = () => (servers.every(({ id }) => this.#listening.has(id)) ? true : undefined);
    await until(all, { what: 'echo servers that listen', budgetMs: 5_000 }, () => [...this.#listening]);
  }
}

export interface EchoClient extends Disposable {
  /** Sends a word; whether it came back within the time. */
  echoes(budgetMs?: number): Promise<boolean>;
  /** Sends so many bytes and waits for them to come back. @returns milliseconds. */
  sends(bytes: number, budgetMs: number): Promise<number>;
}

/** A connection from `namespace`, as the relay makes it. */
export async function openEchoClient(
  fabric: StartedFabric,
  target: { readonly namespace: string; readonly address: string; readonly port: number },
): Promise<EchoClient> {
  const door = createServer({ pauseOnConnect: true }, (socket) => fabric.relay(socket, target));
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  const socket = connect((door.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  door.close();
  let received = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    received += text;
  });
  let count = 0;
  return {
    async echoes(budgetMs = 200) {
      count += 1;
      const word = `<${count}>`;
      socket.write(word);
      const came = () => (received.includes(word) ? true : undefined);
      return until(came, { what: 'an echo', budgetMs }).catch(() => false);
    },
    async sends(bytes, budgetMs) {
      const [started, before] = [performance.now(), received.length];
      socket.write('x'.repeat(bytes));
      const came = () => (received.length >= before + bytes ? true : undefined);
      await until(came, { what: `the echo of ${bytes} bytes`, budgetMs }, () => received.length - before);
      return performance.now() - started;
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}
