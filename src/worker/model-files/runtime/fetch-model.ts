/** Brings one of several models into the cache: the first that is there, else the first that a source gives. */

import { modelPaths } from '../cache-layout.ts';
import type { ModelEntry } from '../manifest.ts';
import type { Fetching } from './fetching.ts';
import { findCached, isThere } from './find-cached.ts';

export interface FetchModelOptions extends Omit<Fetching, 'model' | 'paths'> {
  readonly cacheDir: string;
  readonly onNote: (message: string) => void;
}

export interface FetchedModel {
  readonly model: ModelEntry;
  readonly file: string;
  /** False when an earlier run had verified it: what is said once was said then. */
  readonly isNew: boolean;
}

/**
 * @param models wanted, in order of preference; at least one.
 * @throws DrydockError WORKER_MODEL_UNAVAILABLE with what every source said, WORKER_MODEL_HASH_WRONG
 */
export async function fetchModel(
  models: readonly ModelEntry[],
  options: FetchModelOptions,
): Promise<FetchedModel> {
  for (const model of models) {
    const paths = modelPaths(options.cacheDir, model);
    const state = await findCached(model, paths, options);
    if (isThere(state)) return { model, file: paths.file, isNew: state === 'verified' };
  }
  // Most starts end above, and need not load what talks to sources.
  const { fetchFromSources } = await import('./fetch-from-sources.ts');
  return fetchFromSources(models, options);
}
