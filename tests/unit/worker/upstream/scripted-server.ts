/** A server on the loopback interface that plays what vLLM or llama-server say, and remembers what it was asked. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  /** The remote port: one for each connection. */
  readonly port: number | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Exchange extends Asked {
  readonly response: ServerResponse;
  /** Settles when the other side has given the connection up. */
  readonly closed: Promise<void>;
}

export type Routes = Readonly<Record<string, (exchange: Exchange) => void | Promise<void>>>;

export interface ScriptedServer extends AsyncDisposable {
  readonly baseUrl: string;
  readonly asked: readonly Asked[];
  /** By path; what has none is answered with 404. */
  routes: Routes;
}

/** @param place a port of 127.0.0.1, 0 for a free one, or the path of a socket. */
export async function startServer(routes: Routes, place: number | string = 0): Promise<ScriptedServer> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void answer(request, response);
  });
  const scripted: ScriptedServer = {
    get baseUrl() {
      return typeof place === 'string' ? `unix:${place}` : `http://127.0.0.1:${portOf(server.address())}`;
    },
    asked,
    routes,
    async [Symbol.asyncDispose]() {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      server.closeAllConnections();
      await promise;
    },
  };
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    response.on('close', () => resolve());
    const body = await text(request);
    const exchange: Exchange = {
      method: request.method ?? '',
      path: request.url ?? '',
      authorization: request.headers.authorization,
      port: request.socket.remotePort,
      body: body === '' ? {} : JSON.parse(body),
      response,
      closed,
    };
    asked.push(exchange);
    const route = scripted.routes[exchange.path];
    if (route === undefined) json(404, { detail: 'Not Found' })(exchange);
    else await route(exchange);
  }
  const { promise: listening, resolve } = Promise.withResolvers<void>();
  server.listen(typeof place === 'string' ? { path: place } : { port: place, host: '127.0.0.1' }, resolve);
  await listening;
  return scripted;
}

function portOf(address: ReturnType<ReturnType<typeof createServer>['address']>): number {
  if (address === null || typeof address === 'string') throw new Error('it does not listen on a port');
  return address.port;
}

export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}) {
  return ({ response }: Exchange): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(value));
  };
}

export function page(body: string) {
  return ({ response }: Exchange): void => {
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
    response.end(body);
  };
}

/** Starts a stream of events and sends these; a string goes out as it is. */
export function openEvents({ response }: Exchange, events: readonly unknown[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  response.flushHeaders();
  sendEvents(response, events);
}

export function sendEvents(response: ServerResponse, events: readonly unknown[]): void {
  for (const event of events) {
    response.write(typeof event === 'string' ? event : `data: ${JSON.stringify(event)}\n\n`);
  }
}

export const doneEvent = 'data: [DONE]\n\n';

/** A whole stream. */
export function stream(events: readonly unknown[]) {
  return (exchange: Exchange): void => {
    openEvents(exchange, events);
    exchange.response.end();
  };
}
