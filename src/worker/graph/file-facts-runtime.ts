/**
 * What a file looks like from outside. While it looks the same, it need not be read again to know that it is the same: that
 * finds replaced, changed and truncated files, not a disk that lies.
 */

import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';

export const fileFactsSchema = z.object({
  bytes: z.number(),
  mtimeNs: z.string(),
  /** Cannot be set back by a program, as the other can. */
  ctimeNs: z.string(),
  inode: z.string(),
});
export type FileFacts = z.infer<typeof fileFactsSchema>;

/** By the files' names: a path may be another one from within a mount. */
export const filesFactsSchema = z.record(z.string(), fileFactsSchema);
export type FilesFacts = z.infer<typeof filesFactsSchema>;

/** Clocks of file systems tick: what changes twice within a tick looks as if it had changed once. */
const tickMsMax = 20;

/** @returns undefined when there is no such regular file. */
export async function readFileFacts(file: string): Promise<FileFacts | undefined> {
  const status = await stat(file, { bigint: true }).catch(() => undefined);
  if (status === undefined || !status.isFile()) return undefined;
  return {
    bytes: Number(status.size),
    mtimeNs: `${status.mtimeNs}`,
    ctimeNs: `${status.ctimeNs}`,
    inode: `${status.ino}`,
  };
}

/** @returns undefined when one of them is no regular file. */
export async function readFilesFacts(files: readonly string[]): Promise<FilesFacts | undefined> {
  const facts: FilesFacts = {};
  for (const file of files) {
    const found = await readFileFacts(file);
    if (found === undefined) return undefined;
    facts[basename(file)] = found;
  }
  return facts;
}

export function areSameFacts(a: FilesFacts, b: FilesFacts): boolean {
  const flat = (all: FilesFacts) =>
    Object.entries(all)
      .map(([file, { bytes, mtimeNs, ctimeNs, inode }]) => [file, bytes, mtimeNs, ctimeNs, inode].join('\n'))
      .sort()
      .join('\n\n');
  return flat(a) === flat(b);
}

/**
 * The same, and a later change would show: what has just changed is looked at a moment later.
 * @returns undefined when one is no regular file, or changes all the time.
 */
export async function readSettledFacts(files: readonly string[]): Promise<FilesFacts | undefined> {
  const facts = await readFilesFacts(files);
  if (facts === undefined || areSettled(facts)) return facts;
  await wait(tickMsMax);
  const later = await readFilesFacts(files);
  return later !== undefined && areSettled(later) ? later : undefined;
}

function areSettled(facts: FilesFacts): boolean {
  return Object.values(facts).every(
    ({ ctimeNs }) => Date.now() - Number(BigInt(ctimeNs) / 1_000_000n) >= tickMsMax,
  );
}
