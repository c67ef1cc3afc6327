/**
 * TLS 1.2 and 1.3 in front of a listener, alike on Node and Bun: it ends here, and what it carried goes on to the listener on this machine's
 * loopback. Bun's own server neither shows a client's certificate nor exchanges its own. A request that reaches the listener without
 * having come this way is refused. Certificates change without ending a connection.
 */

import { constants } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import type { Connection } from '../connection.ts';
import {
  type Listen,
  type Listener,
  type ListenOptions,
  listenError,
  portOf,
  silentSocketSeconds,
  unreadableAnswer,
} from './listen.ts';
import type { TlsBundle } from './tls-bundle.ts';

export interface TlsSettings {
  readonly bundle: TlsBundle;
  /** PEM. Given: a client is asked for a certificate of one of these authorities. It may have none; what it may then do is not decided here. */
  readonly authorities?: string;
}

export interface TlsListener extends Listener {
  /** From now on for new connections. */
  exchange(settings: TlsSettings): void;
}

const connectionsMax = 4096;
const handshakeMs = 10_000;

/** Forward secrecy and authenticated encryption alone; those of TLS 1.3 are all so. */
const ciphers = ['ECDSA', 'RSA']
  .flatMap((signature) =>
    ['AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'CHACHA20-POLY1305'].map(
      (cipher) => `ECDHE-${signature}-${cipher}`,
    ),
  )
  .concat('TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256')
  .join(':');

/** @throws DrydockError GATEWAY_PORT_TAKEN, GATEWAY_LISTEN_FAILED */
export async function listenWithTls(
  listen: Listen,
  { settings, ...options }: ListenOptions & { readonly settings: TlsSettings },
): Promise<TlsListener> {
  /** By the port from which each goes on to the listener. */
  const connections = new Map<number, Connection>();
  const inner = await listen({
    host: '127.0.0.1',
    port: 0,
    fetch(request, { peerPort }) {
      const connection = peerPort === undefined ? undefined : connections.get(peerPort);
      return connection === undefined ? unreadableAnswer() : options.fetch(request, connection);
    },
  });
  const sockets = new Set<TLSSocket>();
  const server = createServer(tlsOptions(settings), (outer) => {
    sockets.add(outer);
    outer.once('close', () => sockets.delete(outer));
    join(outer, { port: inner.port, connections });
  });
  server.maxConnections = connectionsMax;
  // A client that does not get through the handshake is its own affair.
  server.on('tlsClientError', () => {});
  try {
    await listening(server, options);
  } catch (cause) {
    inner.destroy();
    throw listenError(cause, options);
  }
  return {
    port: portOf(server.address()),
    exchange: (changed) => server.setSecureContext(tlsOptions(changed)),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await Promise.all([closed, inner.close()]);
    },
    destroy() {
      for (const socket of sockets) socket.destroy();
      inner.destroy();
    },
  };
}

function tlsOptions({ bundle, authorities }: TlsSettings): TlsOptions {
  return {
    ...bundle,
    ...(authorities === undefined ? {} : { ca: authorities, requestCert: true, rejectUnauthorized: false }),
    minVersion: 'TLSv1.2',
    ciphers,
    honorCipherOrder: true,
    // Without tickets every connection shows its certificate anew, to the authorities of now.
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: handshakeMs,
    allowHalfOpen: true,
  };
}

function join(
  outer: TLSSocket,
  { port, connections }: { readonly port: number; readonly connections: Map<number, Connection> },
): void {
  const inner = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let localPort: number | undefined;
  const end = () => {
    if (localPort !== undefined) connections.delete(localPort);
    outer.destroy();
    inner.destroy();
  };
  for (const socket of [outer, inner] as readonly Socket[]) {
    socket.setNoDelay(true);
    socket.setTimeout(silentSocketSeconds * 1000, end);
    socket.on('error', end);
    socket.on('close', end);
  }
  inner.once('connect', () => {
    localPort = inner.localPort;
    // Before a byte goes on, so that the listener finds whose it is.
    if (localPort !== undefined) connections.set(localPort, connectionOf(outer));
    outer.pipe(inner);
    inner.pipe(outer);
  });
}

function connectionOf(outer: TLSSocket): Connection {
  const peerCertificate = outer.authorized ? outer.getPeerCertificate().raw : undefined;
  return {
    peerAddress: outer.remoteAddress ?? '',
    ...(peerCertificate === undefined ? {} : { peerCertificate: new Uint8Array(peerCertificate) }),
  };
}

function listening(server: Server, { host, port }: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
}
