/**
 * One port of the engine: worker connections on `/`, telemetry (accepted and dropped) on `/otel`, channel ends on
 * `/ws/channels/<id>`. Channels need no credentials beside their key, on every listener.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { DrydockError } from '../errors.ts';
import type { ChannelEnds } from './channel-runtime.ts';
import type { ChannelTable } from './channel-table.ts';
import type { EngineCore } from './engine-core.ts';
import { EngineSocket } from './engine-socket.ts';
import { FrameLimit, messageBytesMax } from './frame-limit.ts';
import type { Incident } from './incident.ts';
import { addressOf, servePeer, serveTelemetry } from './peer-runtime.ts';
import type { ListenerRules } from './rbac.ts';
import { type ChannelRoute, routeOf } from './route.ts';

/** Without rules, whoever connects may call and register anything. */
export interface EngineListener extends ListenerRules {
  /** 0: the system chooses. */
  readonly port: number;
  readonly host: string;
}

export interface ListenerParts {
  readonly core: EngineCore;
  readonly channels: ChannelTable;
  readonly ends: ChannelEnds;
  readonly now: () => number;
  readonly handshakeTimeoutMs: number;
  /** Leaves Nagle's algorithm on, as the real engine does. */
  readonly burstDelay: boolean;
  readonly onIncident: (incident: Incident) => void;
}

export interface RunningListener extends AsyncDisposable {
  readonly port: number;
}

const connectionsMax = 8192;

/** @throws DrydockError RPC_ENGINE_LISTEN_FAILED */
export async function startListener(
  listener: EngineListener,
  parts: ListenerParts,
): Promise<RunningListener> {
  const sockets = new Set<Socket>();
  const upgrades = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: messageBytesMax,
    WebSocket: EngineSocket,
  });
  // Node's own header deadlines answer 408; the real engine says nothing, so the deadline below is the only one.
  const server = createServer(
    { headersTimeout: 0, requestTimeout: 0, keepAliveTimeout: 1000 },
    refusePlainRequest,
  );
  server.maxConnections = connectionsMax;
  server.on('connection', (socket) => {
    sockets.add(socket);
    const deadline = setTimeout(() => socket.destroy(), parts.handshakeTimeoutMs);
    deadlines.set(socket, deadline);
    socket.on('close', () => {
      clearTimeout(deadline);
      sockets.delete(socket);
    });
  });
  server.on('clientError', (_error, socket) => socket.destroy());
  server.on('upgrade', (request, socket, head) => {
    clearTimeout(deadlines.get(request.socket));
    acceptUpgrade({ request, socket, head }, { upgrades, rules: listener, parts });
  });
  await listen(server, listener);
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      // Like the real engine: no Close frame, so peers see 1006.
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

const deadlines = new WeakMap<Socket, NodeJS.Timeout>();

interface UpgradeRequest {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

interface UpgradeParts {
  readonly upgrades: WebSocketServer;
  readonly rules: ListenerRules;
  readonly parts: ListenerParts;
}

function acceptUpgrade({ request, socket, head }: UpgradeRequest, options: UpgradeParts): void {
  const { upgrades, rules, parts } = options;
  socket.on('error', () => socket.destroy());
  const target = routeOf(request.url ?? '/', parts.channels);
  if ('refusal' in target) {
    refuseUpgrade(socket, target.refusal, target.body);
    return;
  }
  upgrades.handleUpgrade(request, socket, head, (webSocket) => {
    const limit = new FrameLimit();
    socket.prependListener('data', (chunk: Uint8Array) => {
      if (!limit.isExceededBy(chunk)) return;
      parts.onIncident({ kind: 'frame-too-large', address: addressOf(request) });
      socket.destroy();
    });
    if (parts.burstDelay) request.socket.setNoDelay(false);
    if (target.route === 'channel') {
      joinChannel(parts.ends, target, { webSocket, tcp: request.socket });
      return;
    }
    const serve = target.route === 'worker' ? servePeer : serveTelemetry;
    const { now, onIncident } = parts;
    serve(parts.core, webSocket, { request, rules, now, onIncident }).catch(() => webSocket.terminate());
  });
}

function joinChannel(
  ends: ChannelEnds,
  target: ChannelRoute,
  { webSocket, tcp }: { readonly webSocket: EngineSocket; readonly tcp: Socket },
): void {
  if (target.direction === 'read') ends.joinReader(target.channel, webSocket, tcp);
  else ends.joinWriter(target.channel, webSocket);
}

function refuseUpgrade(socket: Duplex, status: string, body: string): void {
  socket.end(
    `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function refusePlainRequest(request: IncomingMessage, response: ServerResponse): void {
  clearTimeout(deadlines.get(request.socket));
  const isKnown = /^\/(otel|ws\/channels\/[^/?]+)?(\?|$)/.test(request.url ?? '/');
  response.writeHead(isKnown ? 400 : 404, {
    connection: 'close',
    'content-type': 'text/plain; charset=utf-8',
  });
  response.end(isKnown ? "Connection header did not include 'upgrade'" : '');
}

function listen(server: Server, { port, host }: EngineListener): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'the port is taken' : (error.code ?? error.message);
      reject(
        new DrydockError(
          'RPC_ENGINE_LISTEN_FAILED',
          `could not listen on ${host}:${port}: ${reason}; stop what holds the port, or choose another`,
          { cause: error },
        ),
      );
    });
    server.listen({ port, host, backlog: 511 }, resolve);
  });
}
