/** Ways of writing a file that leave no half of it to be found. */

import { randomBytes } from 'node:crypto';
import { link, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Writes a small file so that nobody ever reads half of it. After a power cut it may be an older one. */
export async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await writeFile(unfinished, text);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** Writes a file and waits until it is on the disk. */
export async function writeDurably(file: string, bytes: Uint8Array): Promise<void> {
  await using handle = await open(file, 'w');
  await handle.writeFile(bytes);
  await handle.sync();
}

/**
 * Moves a file to a name that nobody has: a link, unlike a rename, leaves what is there alone.
 * @returns false when the name is taken.
 */
export async function placeFile(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    await rm(from);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    // A file system without hard links: the last to come wins, which is sound too, and leaves a directory over.
    await rename(from, to);
  }
  return true;
}
