/**
 * HTTP to one server on this host. Every exchange has a connection of its own: on the loopback interface that costs a tenth of a
 * millisecond, no answer can come over a connection that was given up, and llama-server holds a thread for each idle one. It
 * follows no redirect, uses no proxy and asks no resolver.
 */

import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import type { LookupFunction } from 'node:net';
import type { UpstreamAddress } from './upstream-address.ts';

export interface UpstreamRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Its abort destroys the connection, whatever has come by then: so the server notices. */
  readonly signal: AbortSignal;
}

export interface UpstreamText {
  readonly status: number;
  readonly server: string;
  readonly text: string;
}

export interface UpstreamClient extends Disposable {
  /**
   * Resolves with the head of the answer; its body is read by iteration, as fast as the caller takes it.
   * @throws Error as `node:http` does
   */
  send(request: UpstreamRequest): Promise<IncomingMessage>;
  /**
   * The whole answer, of at most 8 MB.
   * @param options.timeoutMs for all of it.
   * @throws Error as `node:http` does; TimeoutError
   */
  ask(request: UpstreamRequest, options: { readonly timeoutMs: number }): Promise<UpstreamText>;
}

export interface UpstreamClientOptions {
  readonly apiKey?: string;
}

/** Generations of the largest worker, and questions beside them. */
const connectionsMax = 1024 + 16;
const textBytesMax = 8 * 1024 * 1024;

export function openUpstreamClient(
  address: UpstreamAddress,
  { apiKey }: UpstreamClientOptions = {},
): UpstreamClient {
  const agent = new Agent({ keepAlive: false, maxTotalSockets: connectionsMax });
  const place = placeOf(address);
  const base = address.kind === 'port' ? address.base : '';
  const send: UpstreamClient['send'] = ({ method, path, body, signal }) => {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers = {
      ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      ...(payload === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': payload.byteLength }),
    };
    const outgoing = httpRequest({ ...place, agent, method, path: `${base}${path}`, headers, signal });
    outgoing.on('response', resolve).on('error', reject);
    outgoing.end(payload);
    return promise;
  };
  return {
    send,
    async ask(request, { timeoutMs }) {
      const timeout = AbortSignal.timeout(timeoutMs);
      try {
        const response = await send({ ...request, signal: AbortSignal.any([request.signal, timeout]) });
        const text = await readText(response);
        return { status: response.statusCode ?? 0, server: String(response.headers.server ?? ''), text };
      } catch (error) {
        // Node's own error says only that it was aborted, not by what.
        throw timeout.aborted ? timeout.reason : error;
      }
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

/** @throws Error as the response does, and for more than 8 MB. */
export async function readText(response: IncomingMessage): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Uint8Array>) {
    length += part.length;
    // Leaving the loop destroys the connection.
    if (length > textBytesMax) throw new Error(`the answer is longer than ${textBytesMax} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function placeOf(address: UpstreamAddress) {
  if (address.kind === 'socket') return { socketPath: address.path };
  const [first, ...others] = address.hosts.map((host) => ({
    address: host,
    family: host.includes(':') ? 6 : 4,
  }));
  if (first === undefined) throw new TypeError('an address has at least one host');
  const { port } = address;
  if (others.length === 0) return { host: first.address, port };
  const lookup: LookupFunction = (_, { all }, callback) => {
    if (all) callback(null, [first, ...others]);
    else callback(null, first.address, first.family);
  };
  return { host: 'localhost', port, lookup, autoSelectFamily: true };
}
