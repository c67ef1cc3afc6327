/**
 * Remembers that a file was hashed, so that a start need not read hundreds of megabytes again. A stamp fits only while the
 * file's size and times are what they were; it finds replaced and truncated files, not a disk that lies.
 */

import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';

export const fileFactsSchema = z.object({
  bytes: z.number(),
  mtimeNs: z.string(),
  /** Cannot be set back by a program, as the other can. */
  ctimeNs: z.string(),
});

const stampSchema = z.object({
  ...fileFactsSchema.shape,
  sha256: z.string(),
  /** Of a file that somebody brought, as its template says. */
  chatStyle: z.enum(['gemma', 'turns']).optional(),
});

export type FileFacts = z.infer<typeof fileFactsSchema>;
export type Stamp = z.infer<typeof stampSchema>;

/** @returns undefined when there is no such regular file. */
export async function readFileFacts(file: string): Promise<FileFacts | undefined> {
  const status = await stat(file, { bigint: true }).catch(() => undefined);
  if (status === undefined || !status.isFile()) return undefined;
  return { bytes: Number(status.size), mtimeNs: `${status.mtimeNs}`, ctimeNs: `${status.ctimeNs}` };
}

/** @returns the stamp, if there is one and the file still looks as it says. */
export async function readFittingStamp(path: string, facts: FileFacts): Promise<Stamp | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const stamp = parseStamp(text);
  const isFitting =
    stamp?.bytes === facts.bytes && stamp.mtimeNs === facts.mtimeNs && stamp.ctimeNs === facts.ctimeNs;
  return isFitting ? stamp : undefined;
}

export async function writeStamp(path: string, stamp: Stamp): Promise<void> {
  await writeWhole(path, `${JSON.stringify(stamp)}\n`);
}

/** Writes a small file so that nobody ever reads half of it. */
export async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}.tmp`;
  await writeFile(unfinished, text);
  await rename(unfinished, path);
}

function parseStamp(text: string): Stamp | undefined {
  try {
    return stampSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
