/** Reads a file of token ids. What is larger than any context could be is refused unread. */

import { readFile, stat } from 'node:fs/promises';
import { idsInvalid, parseTokenIds } from '../token-ids.ts';

/** A hundred thousand ids, each on a line of its own, take two. */
const fileBytesMax = 16 * 1024 * 1024;

/** @throws DrydockError WORKER_IDS_INVALID */
export async function readTokenIds(file: string): Promise<readonly number[]> {
  const refuse = (cause: NodeJS.ErrnoException) => {
    throw idsInvalid(file, `it cannot be read (${cause.code})`, cause);
  };
  // Before opening: to open a pipe would wait for whoever writes into it.
  const status = await stat(file).catch(refuse);
  if (!status.isFile()) throw idsInvalid(file, 'it is not a regular file');
  if (status.size > fileBytesMax) {
    throw idsInvalid(file, `it has ${status.size} bytes, more than ${fileBytesMax}`);
  }
  return parseTokenIds(await readFile(file, 'utf8').catch(refuse), file);
}
