/** Copies a file of the clone, so that a model of the cache is one whichever way it came. */

import { copyFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelSource } from '../manifest.ts';
import { hashWrong, networkReason, sourceFailed } from '../model-errors.ts';
import type { Fetching } from './fetching.ts';
import { hashFile } from './hash-file.ts';
import { removePartialFile } from './partial-file.ts';

type FileSource = Extract<ModelSource, { kind: 'file' }>;

/**
 * Leaves the verified copy at `fetching.paths.partial`.
 * @throws DrydockError WORKER_MODEL_UNAVAILABLE, WORKER_MODEL_HASH_WRONG
 */
export async function fetchFile({ path }: FileSource, fetching: Fetching): Promise<void> {
  const { model, paths, repositoryDir } = fetching;
  const original = join(repositoryDir, path);
  const status = await stat(original).catch((cause) => {
    throw sourceFailed(path, networkReason(cause), cause);
  });
  if (status.size !== model.bytes) {
    throw sourceFailed(path, `has ${status.size} bytes where the manifest names ${model.bytes}`);
  }
  try {
    await copyFile(original, paths.partial);
    const sha256 = await hashFile(paths.partial, fetching);
    if (sha256 !== model.sha256) throw hashWrong(model, path, sha256);
  } catch (error) {
    await removePartialFile(paths.partial);
    throw error;
  }
}
