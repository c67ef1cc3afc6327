/**
 * A way to an engine that a test can spoil: what goes one way or the other is held, as a network that is cut holds it, and
 * comes late when that heals; or single messages are lost. It joins WebSockets, so that it can tell messages apart.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type RawData, WebSocket, WebSocketServer } from 'ws';

export type Direction = 'to-engine' | 'from-engine';

export interface LinkMessage {
  readonly direction: Direction;
  readonly text: string;
  /** `/` for calls, else that of a channel. */
  readonly path: string;
}

export interface FaultyLink extends AsyncDisposable {
  readonly port: number;
  /** Holds everything that goes so, new connections too where it is both ways. */
  hold(...directions: readonly Direction[]): void;
  /** What was held comes. */
  heal(): void;
  /** Messages for which it says so are lost. */
  lose(isLost: (message: LinkMessage) => boolean): void;
  /** Ends every connection, as a process that dies. */
  cut(): void;
}

export async function startFaultyLink(enginePort: number): Promise<FaultyLink> {
  const held = new Set<Direction>();
  const waiting: { readonly direction: Direction; readonly deliver: () => void }[] = [];
  const sockets = new Set<WebSocket>();
  let isLost: (message: LinkMessage) => boolean = () => false;
  const upgrades = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024 * 1024 });
  const server = createServer();
  const pass = (direction: Direction, deliver: () => void) => {
    if (held.has(direction)) waiting.push({ direction, deliver });
    else deliver();
  };
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => {});
    const accept = () =>
      upgrades.handleUpgrade(request, socket, head, (near) => join(near, request.url ?? '/'));
    pass('to-engine', () => pass('from-engine', accept));
  });

  function join(near: WebSocket, path: string): void {
    const far = new WebSocket(`ws://127.0.0.1:${enginePort}${path}`);
    const opened = once(far, 'open').catch(() => {});
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
    }
    joinWay({ from: near, to: far, direction: 'to-engine', path, opened });
    joinWay({ from: far, to: near, direction: 'from-engine', path, opened });
  }

  function joinWay(way: {
    readonly from: WebSocket;
    readonly to: WebSocket;
    readonly direction: Direction;
    readonly path: string;
    readonly opened: Promise<unknown>;
  }): void {
    const { from, to, direction, path, opened } = way;
    from.on('message', (data: RawData, isBinary: boolean) => {
      if (!isBinary && isLost({ direction, path, text: String(data) })) return;
      const send = () => {
        if (to.readyState === WebSocket.OPEN) to.send(data, { binary: isBinary });
      };
      pass(direction, () => (to.readyState === WebSocket.CONNECTING ? void opened.then(send) : send()));
    });
    from.on('close', () => pass(direction, () => (path === '/' ? to.terminate() : to.close())));
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const link: FaultyLink = {
    port: (server.address() as AddressInfo).port,
    hold(...directions) {
      for (const direction of directions) held.add(direction);
    },
    heal() {
      held.clear();
      for (const { deliver } of waiting.splice(0)) deliver();
    },
    lose(lost) {
      isLost = lost;
    },
    cut() {
      for (const socket of sockets) socket.terminate();
    },
    async [Symbol.asyncDispose]() {
      link.heal();
      link.cut();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return link;
}
