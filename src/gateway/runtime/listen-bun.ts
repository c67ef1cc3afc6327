/**
 * Serves on Bun's HTTP server. Header bytes and silent connections are bounded by it; the number of connections only by the
 * process's file limit. What is not HTTP at all it answers itself, without our envelope.
 */

import { unknownConnection } from '../connection.ts';
import {
  type Listener,
  type ListenOptions,
  listenError,
  refusingOddAddresses,
  silentSocketSeconds,
  unreadableAnswer,
} from './listen.ts';

/** The part of Bun's API that is used here, so that the rest of the tree needs no types of Bun's. */
interface BunServer {
  readonly port: number;
  stop(closeActiveConnections: boolean): Promise<void>;
  requestIP(request: Request): { readonly address: string; readonly port: number } | null;
}

interface BunServeOptions {
  readonly hostname: string;
  readonly port: number;
  readonly development: boolean;
  readonly idleTimeout: number;
  readonly maxRequestBodySize: number;
  readonly fetch: (request: Request, server: BunServer) => Response | Promise<Response>;
  readonly error: () => Response;
}

declare const Bun: { serve(options: BunServeOptions): BunServer };

export async function listenOnBun(options: ListenOptions): Promise<Listener> {
  const server = serve(options);
  return {
    port: server.port,
    close: () => server.stop(false),
    destroy: () => void server.stop(true),
  };
}

function serve(options: ListenOptions): BunServer {
  const answer = refusingOddAddresses(options.fetch);
  try {
    return Bun.serve({
      hostname: options.host,
      port: options.port,
      // Otherwise an error page shows source code.
      development: false,
      // The default cuts a stream after 10 s of silence. None at all would let a client that never reads stay for ever.
      idleTimeout: silentSocketSeconds,
      // The application refuses a large body before it is read, in our envelope; Bun's own refusal is bare.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      fetch(request, server) {
        const peer = server.requestIP(request);
        return answer(
          request,
          peer === null ? unknownConnection : { peerAddress: peer.address, peerPort: peer.port },
        );
      },
      error: unreadableAnswer,
    });
  } catch (cause) {
    throw listenError(cause, options);
  }
}
