/** HTTP requests, and bytes, whose connections begin inside a namespace of a started fabric. */
import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { request as encryptedRequest } from 'node:https';
import { connect, createServer } from 'node:net';
import type { StartedFabric } from '../../sim/fabric/index.ts';

export interface FabricTarget {
  readonly namespace: string;
  readonly address: string;
  readonly port: number;
}

export interface FabricRequest extends FabricTarget {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** By TLS, whoever's certificate it is. */
  readonly isEncrypted?: boolean;
  readonly budgetMs?: number;
}

export interface FabricResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Rejects where the connection ends without an answer, or none comes in time. */
export async function requestThrough(fabric: StartedFabric, asked: FabricRequest): Promise<FabricResponse> {
  const { address, path = '/', method = 'GET', headers = {}, budgetMs = 3_000 } = asked;
  const { entrance, port } = await openEntrance(fabric, asked);
  try {
    const sent = (asked.isEncrypted ? encryptedRequest : request)({
      rejectUnauthorized: false,
      host: '127.0.0.1',
      port,
      path,
      method,
      headers: { host: address, ...headers },
      agent: false,
      signal: AbortSignal.timeout(budgetMs),
    });
    sent.end();
    const [response] = await once(sent, 'response');
    let body = '';
    for await (const chunk of response.setEncoding('utf8')) body += chunk;
    return { status: response.statusCode, headers: response.headers, body };
  } finally {
    entrance.close();
  }
}

/** Sends the bytes on a connection and returns the first that come back; none where it is ended instead. */
export async function streamThrough(
  fabric: StartedFabric,
  target: FabricTarget,
  bytes: Buffer,
): Promise<Buffer> {
  const { entrance, port } = await openEntrance(fabric, target);
  const socket = connect({ host: '127.0.0.1', port, signal: AbortSignal.timeout(3_000) });
  try {
    socket.write(bytes);
    const [first] = await Promise.race([once(socket, 'data'), once(socket, 'close')]);
    return Buffer.isBuffer(first) ? first : Buffer.alloc(0);
  } finally {
    socket.destroy();
    entrance.close();
  }
}

async function openEntrance(fabric: StartedFabric, { namespace, address, port }: FabricTarget) {
  const entrance = createServer({ pauseOnConnect: true }, (socket) =>
    fabric.relay(socket, { namespace, address, port }),
  );
  await once(entrance.listen(0, '127.0.0.1'), 'listening');
  const bound = entrance.address();
  if (typeof bound !== 'object' || bound === null) throw new TypeError('a listener has a port');
  return { entrance, port: bound.port };
}
