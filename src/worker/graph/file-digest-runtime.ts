/** Digests of whole files, read in pieces: SHA-256 says which model it is, CRC-32 that a cached file is as it was written. */

import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

const pieceBytes = 4 * 1024 * 1024;

export interface FileDigestOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told of each piece. */
  readonly onBytes?: ((count: number) => void) | undefined;
}

export async function sha256OfFile(file: string, options: FileDigestOptions = {}): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of pieces(file, options)) hash.update(piece);
  return hash.digest('hex');
}

/** Finds accidents (a torn write, a bad disk), not forgery: the cache is its owner's. */
export async function crc32OfFile(file: string, options: FileDigestOptions = {}): Promise<number> {
  let value = 0;
  for await (const piece of pieces(file, options)) value = crc32(piece, value);
  return value;
}

async function* pieces(file: string, { signal, onBytes }: FileDigestOptions): AsyncGenerator<Uint8Array> {
  await using handle = await open(file, 'r');
  const buffer = new Uint8Array(pieceBytes);
  for (;;) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(buffer, 0, pieceBytes);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    onBytes?.(bytesRead);
  }
}
