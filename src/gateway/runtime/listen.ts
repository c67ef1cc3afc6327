/** What the two HTTP servers, Node's and Bun's, have in common. */

import type { AddressInfo } from 'node:net';
import { DrydockError } from '../../rpc/errors.ts';
import type { Connection } from '../connection.ts';
import type { GatewayErrorCode } from '../errors.ts';
import { explainError } from '../http-errors.ts';
import { securityHeaders } from '../security-headers.ts';

export interface ListenOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly fetch: (request: Request, connection: Connection) => Response | Promise<Response>;
}

export interface Listener {
  readonly port: number;
  /** Accepts no more; resolves once every connection has ended. */
  close(): Promise<void>;
  /** Ends what is left. */
  destroy(): void;
}

/** @throws DrydockError GATEWAY_PORT_TAKEN, GATEWAY_LISTEN_FAILED */
export type Listen = (options: ListenOptions) => Promise<Listener>;

/** Seconds without a byte in either direction after which a connection is dropped. The most Bun takes. */
export const silentSocketSeconds = 255;

export function listenError(cause: unknown, { host, port }: ListenOptions): DrydockError<GatewayErrorCode> {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
  const at = `could not listen on ${host}:${port}`;
  if (code === 'EADDRINUSE') {
    return new DrydockError(
      'GATEWAY_PORT_TAKEN',
      `${at}: the port is in use; stop what uses it, or set DRYDOCK_GATEWAY_PORT`,
      { cause },
    );
  }
  return new DrydockError(
    'GATEWAY_LISTEN_FAILED',
    `${at}: ${code}; check the address and the right to open the port`,
    { cause },
  );
}

/** @param address of a server that listens on TCP. @throws TypeError for any other. */
export function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port');
  return address.port;
}

type Fetch = ListenOptions['fetch'];

/**
 * Answers a request whose address cannot be trusted before the application sees it. With a Host header that is no host Bun
 * gives a relative address, which a router takes apart at the wrong place; one with user information no Request takes on Node.
 * Of two hosts (RFC 9112 §3.2) one program would see the first and another the last.
 */
export function refusingOddAddresses(fetch: Fetch): Fetch {
  return (request, connection) => {
    const isUsable =
      /^https?:\/\/[^/?#@]+\//.test(request.url) && !request.headers.get('host')?.includes(',');
    return isUsable ? fetch(request, connection) : unreadableAnswer();
  };
}

/** The answer to a request that has no usable address, so that no route can be found for it. */
export function unreadableAnswer(): Response {
  const { status, envelope } = explainError(
    new DrydockError<GatewayErrorCode>(
      'GATEWAY_REQUEST_UNREADABLE',
      'could not read the request: its host or address is not valid; check the Host header and the path',
    ),
  );
  return new Response(JSON.stringify(envelope), {
    status,
    headers: {
      'content-type': 'application/json',
      ...securityHeaders,
      'x-request-id': crypto.randomUUID(),
    },
  });
}
