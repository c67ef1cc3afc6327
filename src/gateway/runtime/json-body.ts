/**
 * Reads a request's body as JSON within a number of bytes and a time. A declared length over the limit is refused
 * before a byte is read; without one, reading stops at the limit. No more than the limit is ever in memory.
 */

import { DrydockError } from '../../rpc/errors.ts';
import type { CheckedContent } from '../authentication/checked-content.ts';
import type { GatewayErrorCode } from '../errors.ts';
import { abortable } from './abortable.ts';

export interface JsonBodyOptions {
  readonly bodyBytesMax: number;
  readonly bodyReadMs: number;
  readonly signal: AbortSignal;
  /** What the content has to be, where a credential says so. */
  readonly content: CheckedContent | undefined;
}

/** @throws DrydockError GATEWAY_CONTENT_TYPE_UNSUPPORTED, GATEWAY_JSON_INVALID, or what `readBody` throws. */
export async function readJsonBody(request: Request, options: JsonBodyOptions): Promise<unknown> {
  refuseOtherTypes(request.headers);
  return parseJson(await readBody(request, options));
}

/** @throws DrydockError GATEWAY_BODY_TOO_LARGE, GATEWAY_BODY_TOO_SLOW, GATEWAY_BODY_INCOMPLETE, the error of `content`, or the signal's reason. */
export async function readBody(request: Request, options: JsonBodyOptions): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(request.headers.get('content-length') ?? 0) > options.bodyBytesMax) throw tooLarge(options);
  const bytes = await (hasLength(request) ? readAtOnce : readChunks)(request, options);
  options.content?.check(bytes);
  return bytes;
}

function failure(code: GatewayErrorCode, reason: string) {
  return new DrydockError<GatewayErrorCode>(code, `could not read the request: ${reason}`);
}

function tooLarge({ bodyBytesMax }: JsonBodyOptions) {
  return failure(
    'GATEWAY_BODY_TOO_LARGE',
    `the body is over ${bodyBytesMax} bytes; send a shorter conversation`,
  );
}

function slowError({ bodyReadMs }: JsonBodyOptions) {
  return failure('GATEWAY_BODY_TOO_SLOW', `the body did not arrive within ${bodyReadMs} ms; send it faster`);
}

function refuseOtherTypes(headers: Headers): void {
  const contentType = headers.get('content-type') ?? '';
  if (!/^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(contentType.trim())) {
    throw failure(
      'GATEWAY_CONTENT_TYPE_UNSUPPORTED',
      'its content type is not JSON; send "Content-Type: application/json"',
    );
  }
  const encoding = headers.get('content-encoding') ?? 'identity';
  if (encoding.trim().toLowerCase() !== 'identity') {
    throw failure('GATEWAY_CONTENT_TYPE_UNSUPPORTED', 'its body is compressed; send it as it is');
  }
}

/** Whether the server that took the request off the connection ends its body there. */
function hasLength({ headers }: Request): boolean {
  return headers.has('content-length') && !headers.has('transfer-encoding');
}

/** A third of what chunks cost on Bun. */
async function readAtOnce(request: Request, options: JsonBodyOptions): Promise<Uint8Array<ArrayBuffer>> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(slowError(options)), options.bodyReadMs);
  try {
    const bytes = await Promise.race([whole(request.arrayBuffer(), options.signal), late]);
    if (bytes.byteLength > options.bodyBytesMax) throw tooLarge(options);
    return new Uint8Array(bytes);
  } finally {
    clearTimeout(timer);
  }
}

async function readChunks({ body }: Request, options: JsonBodyOptions): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  if (body === null) return new Uint8Array();
  const tooSlow = new AbortController();
  const timer = setTimeout(() => tooSlow.abort(slowError(options)), options.bodyReadMs);
  const signal = AbortSignal.any([options.signal, tooSlow.signal]);
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await whole(reader.read(), signal);
      if (done) return Buffer.concat(chunks, bytes);
      bytes += value.byteLength;
      if (bytes > options.bodyBytesMax) throw tooLarge(options);
      chunks.push(value);
    }
  } finally {
    clearTimeout(timer);
    // What is left unread is `unread-body.ts`'s.
    reader.releaseLock();
  }
}

async function whole<T>(read: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await abortable(read, signal);
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw new DrydockError<GatewayErrorCode>(
      'GATEWAY_BODY_INCOMPLETE',
      'could not read the request: its body broke off; send it again',
      { cause },
    );
  }
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // The parser's message quotes the body, so it is dropped.
    throw failure('GATEWAY_JSON_INVALID', 'its body is not JSON in UTF-8; check the body');
  }
}
