import { WebSocket } from 'ws';

/** Codes that `ws` would send for a frame it refuses: protocol error, bad text, message too large. */
const refusalCodes: readonly number[] = [1002, 1007, 1009];

/** A server socket that drops a connection without a Close frame where the real engine does: the peer sees 1006. */
export class EngineSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    if (code !== undefined && refusalCodes.includes(code)) this.terminate();
    else super.close(code, reason);
  }
}
