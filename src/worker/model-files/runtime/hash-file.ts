/** SHA-256 of a file, telling how far it is: hundreds of megabytes take a second. */

import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Fetching } from './fetching.ts';

const pieceBytes = 4 * 1024 * 1024;

export async function hashFile(
  file: string,
  { onProgress, signal }: Pick<Fetching, 'onProgress' | 'signal'>,
): Promise<string> {
  await using handle = await open(file, 'r');
  const { size } = await handle.stat();
  const hash = createHash('sha256');
  const piece = new Uint8Array(pieceBytes);
  for (let done = 0; ; ) {
    signal.throwIfAborted();
    const { bytesRead } = await handle.read(piece, 0, pieceBytes);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(piece.subarray(0, bytesRead));
    done += bytesRead;
    onProgress({ step: 'verify', done, total: size });
  }
}
