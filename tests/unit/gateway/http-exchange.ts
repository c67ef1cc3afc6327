/** Requests as a client makes them: through `fetch`, or byte by byte where `fetch` would be too well-behaved. */

import { connect, type Socket } from 'node:net';
import { canaries } from '../../canaries.ts';
import { authorization, type ServingGateway } from './gateway-program.ts';

export const greeting = {
  model: 'echo',
  messages: [{ role: 'user', content: canaries.prompt }],
};

export interface Posted {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Posts a chat completion with a good key. A string goes as it is, anything else as JSON. */
export async function postChat(gateway: ServingGateway, posted: Posted = {}): Promise<Response> {
  return post(gateway, { path: '/v1/chat/completions', ...posted });
}

/** Posts a text completion likewise. */
export async function postText(gateway: ServingGateway, posted: Posted): Promise<Response> {
  return post(gateway, { path: '/v1/completions', ...posted });
}

/** Posts to any address likewise. */
export async function post(
  { url }: ServingGateway,
  { path, body = greeting, headers = {}, signal }: Posted & { readonly path: string },
): Promise<Response> {
  return fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** Opens a connection and sends the text; what comes back is collected. */
export function openRaw({ port }: ServingGateway, text: string | Uint8Array): RawConnection {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    received += chunk;
  });
  const closed = new Promise<string>((resolve) => socket.on('close', () => resolve(received)));
  // A reset by the other side is an ending like any other here.
  socket.on('error', () => {});
  socket.write(text);
  return { socket, closed, received: () => received };
}

export interface RawConnection {
  readonly socket: Socket;
  /** Everything received, once the connection has ended. */
  readonly closed: Promise<string>;
  received(): string;
}

/** The request's text, with a length where there is a body. */
export function rawPost(body: string, headers: readonly string[] = []): string {
  return [
    'POST /v1/chat/completions HTTP/1.1',
    'Host: gateway',
    'Content-Type: application/json',
    `Authorization: ${authorization}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers,
    '',
    body,
  ].join('\r\n');
}

/** Splits a stream of server-sent events at its blank lines. */
export function eventsOf(text: string): readonly string[] {
  return text.split('\n\n').filter((event) => event !== '');
}
