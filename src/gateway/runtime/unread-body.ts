/**
 * Takes the rest of a refused request off the connection, within bounds, before the answer goes out. A client that is
 * still sending often loses an answer that is followed by a reset (RFC 9112 §9.6); one that would send for ever is cut.
 */

import type { MiddlewareHandler } from 'hono';
import type { GatewayEnv } from '../request-record.ts';
import { settlesWithin } from './abortable.ts';

export interface UnreadBodyOptions {
  /** Bytes thrown away at most. */
  readonly unreadBytesMax: number;
  readonly unreadMs: number;
}

export function discardUnreadBody(options: UnreadBodyOptions): MiddlewareHandler<GatewayEnv> {
  return async function discardBody(context, next) {
    await next();
    // It was being read as a whole, which nothing can end but the connection.
    if (context.get('record').errorCode === 'GATEWAY_BODY_TOO_SLOW')
      context.res.headers.set('connection', 'close');
    const { body } = context.res.status < 400 ? { body: null } : context.req.raw;
    if (body === null || body.locked) return;
    const reader = body.getReader();
    const rest = readToEnd(reader, options.unreadBytesMax);
    const isAtEnd = (await settlesWithin(rest, options.unreadMs)) && (await rest);
    if (isAtEnd) return;
    reader.cancel().catch(() => {});
    context.res.headers.set('connection', 'close');
  };
}

/** @returns whether the end came within that many bytes. */
async function readToEnd(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  bytesMax: number,
): Promise<boolean> {
  try {
    for (let bytes = 0; bytes <= bytesMax; ) {
      const { done, value } = await reader.read();
      if (done) return true;
      bytes += value.byteLength;
    }
    return false;
  } catch {
    // The client is gone: nothing more comes, and nobody is there to be cut.
    return true;
  }
}
