/**
 * Remembers that a file was hashed, so that a start need not read hundreds of megabytes again. A stamp fits only while the
 * file looks as it did.
 */

import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { type FileFacts, fileFactsSchema } from '../../graph/file-facts-runtime.ts';
import { writeWhole } from '../../graph/write-file-runtime.ts';

const stampSchema = z.object({ ...fileFactsSchema.shape, sha256: z.string() });
export type Stamp = z.infer<typeof stampSchema>;

/** @returns the stamp, if there is one and the file still looks as it says. */
export async function readFittingStamp(path: string, facts: FileFacts): Promise<Stamp | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const stamp = parseStamp(text);
  const { bytes, mtimeNs, ctimeNs, inode } = facts;
  const isFitting =
    stamp?.bytes === bytes && stamp.mtimeNs === mtimeNs && stamp.ctimeNs === ctimeNs && stamp.inode === inode;
  return isFitting ? stamp : undefined;
}

export async function writeStamp(path: string, stamp: Stamp): Promise<void> {
  await writeWhole(path, `${JSON.stringify(stamp)}\n`);
}

function parseStamp(text: string): Stamp | undefined {
  try {
    return stampSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
