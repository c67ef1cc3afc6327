/** A folder in the cache for as long as a bench runs. What benches left that were killed is removed before. */

import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface ScratchFolder extends AsyncDisposable {
  readonly path: string;
}

/** No bench runs that long. */
const unnamedAgeMaxMs = 60 * 60 * 1000;

/** @param cacheDir on a disk with room for what the bench writes. */
export async function openScratchFolder(cacheDir: string): Promise<ScratchFolder> {
  await removeLeftovers(cacheDir);
  const path = await mkdtemp(join(cacheDir, `bench-${process.pid}-`));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

async function removeLeftovers(cacheDir: string): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    if (!/^bench-(\d+-)?[A-Za-z0-9]{6}$/.test(name)) continue;
    const path = join(cacheDir, name);
    if (await isLeft(path, name)) await rm(path, { recursive: true, force: true });
  }
}

/** By the process that its name tells; older benches told none, so their age has to do. */
async function isLeft(path: string, name: string): Promise<boolean> {
  const pid = /^bench-(\d+)-/.exec(name)?.[1];
  if (pid !== undefined) return !isRunning(Number(pid));
  const status = await stat(path).catch(() => undefined);
  return status !== undefined && Date.now() - status.mtimeMs > unnamedAgeMaxMs;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's runs all the same.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
