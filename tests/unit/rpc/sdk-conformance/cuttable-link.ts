/** A TCP relay between a peer and an engine, which a test can cut on one side or on both, and close and open again. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface CuttableLink extends AsyncDisposable {
  readonly url: string;
  /** Ends every connection on the peer's side alone: to the engine they seem alive. */
  cutPeerSide(): void;
  /** Resets every connection on both sides. */
  cut(): void;
  /** Refuses new connections, or takes them again. */
  isOpen: boolean;
}

export async function cuttableLink(engineUrl: string): Promise<CuttableLink> {
  const engine = new URL(engineUrl);
  const pairs = new Set<readonly [Socket, Socket]>();
  const server = createServer((peer) => {
    peer.on('error', () => {});
    if (!link.isOpen) {
      peer.resetAndDestroy();
      return;
    }
    const onward = connect(Number(engine.port), engine.hostname);
    onward.on('error', () => {});
    const pair = [peer, onward] as const;
    pairs.add(pair);
    peer.pipe(onward, { end: false });
    onward.pipe(peer);
    // Not by `pipe`, for a cut on the peer's side must not reach the engine.
    peer.on('end', () => onward.end());
    onward.on('close', () => {
      pairs.delete(pair);
      peer.destroy();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const link: CuttableLink = {
    url: `ws://127.0.0.1:${port}`,
    isOpen: true,
    cutPeerSide() {
      for (const [peer] of pairs) peer.resetAndDestroy();
    },
    cut() {
      for (const [peer, onward] of pairs) {
        peer.resetAndDestroy();
        onward.resetAndDestroy();
      }
    },
    async [Symbol.asyncDispose]() {
      link.cut();
      server.close();
      await once(server, 'close');
    },
  };
  return link;
}
