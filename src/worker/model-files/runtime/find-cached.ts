/** Whether the cache has a model: a file of the right size whose hash was checked since it was last touched, or is checked now. */

import { readFileFacts } from '../../graph/file-facts-runtime.ts';
import type { ModelPaths } from '../cache-layout.ts';
import type { ModelEntry } from '../manifest.ts';
import type { Fetching } from './fetching.ts';
import { hashFile } from './hash-file.ts';
import { readFittingStamp, writeStamp } from './stamp.ts';

/** `verified`: it was not known until now that the file is right. */
export type CacheState = 'absent' | 'known' | 'verified' | { readonly wrong: string };

export async function findCached(
  model: ModelEntry,
  paths: ModelPaths,
  options: Pick<Fetching, 'onProgress' | 'signal'>,
): Promise<CacheState> {
  const facts = await readFileFacts(paths.file);
  if (facts === undefined) return 'absent';
  if (facts.bytes !== model.bytes) return { wrong: `has ${facts.bytes} of ${model.bytes} bytes` };
  const stamp = await readFittingStamp(paths.stamp, facts);
  if (stamp?.sha256 === model.sha256) return 'known';
  const sha256 = stamp?.sha256 ?? (await hashFile(paths.file, options));
  if (sha256 !== model.sha256) return { wrong: `has the SHA-256 ${sha256}` };
  await writeStamp(paths.stamp, { ...facts, sha256 });
  return 'verified';
}

/** Without hashing: for a list that must come at once. */
export async function looksCached(model: ModelEntry, paths: ModelPaths): Promise<boolean> {
  return (await readFileFacts(paths.file))?.bytes === model.bytes;
}

export function isThere(state: CacheState): state is 'known' | 'verified' {
  return state === 'known' || state === 'verified';
}
