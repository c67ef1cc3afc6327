/** pip shows a program no progress: the size of what it has written so far does. */

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { PipSource } from '../manifest.ts';
import { receivedBytes } from '../wheel-files.ts';
import type { Fetching } from './fetching.ts';

export interface WheelWatch extends AsyncDisposable {
  /** Aborted when nothing has arrived for too long; the reason says for how long. */
  readonly stalled: AbortSignal;
}

const watchMs = 250;
const stallMsDefault = 120_000;

/** @param folder where pip keeps its temporary files and puts the wheels. */
export function watchWheels(source: PipSource, folder: string, fetching: Fetching): WheelWatch {
  const total = source.packages.reduce((sum, { wheelBytes }) => sum + wheelBytes, 0);
  const stallMs = fetching.stallMsMax ?? stallMsDefault;
  const stalled = new AbortController();
  let last = { bytes: 0, quietMs: 0 };
  let looking: Promise<void> = Promise.resolve();
  const look = async () => {
    const bytes = receivedBytes(await listFiles(folder));
    last = bytes === last.bytes ? { bytes, quietMs: last.quietMs + watchMs } : { bytes, quietMs: 0 };
    if (last.quietMs >= stallMs) stalled.abort(`nothing arrived for ${stallMs / 1000} s`);
    fetching.onProgress({ step: 'download', done: Math.min(bytes, total), total });
  };
  const timer = setInterval(() => {
    looking = looking.then(look);
  }, watchMs);
  return {
    stalled: stalled.signal,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await looking;
    },
  };
}

async function listFiles(folder: string): Promise<{ name: string; bytes: number }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(
    files.map(async ({ name, parentPath }) => {
      const status = await stat(join(parentPath, name)).catch(() => undefined);
      return { name, bytes: status?.size ?? 0 };
    }),
  );
}
