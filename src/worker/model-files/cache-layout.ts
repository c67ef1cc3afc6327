/** Where things lie in the cache. A model's own folder holds `model.json` and the file, for a node gets it whole. */

import { join } from 'node:path';
import type { ModelEntry } from './manifest.ts';

export interface ModelPaths {
  /** What a worker sees as its model folder. */
  readonly directory: string;
  readonly file: string;
  /** Beside the models and on their file system, so that what is finished arrives by a rename. */
  readonly workDirectory: string;
  /** Says that the file was hashed, and what it looked like then. */
  readonly stamp: string;
  readonly lock: string;
  /** The beginning of a download, kept for the next try. */
  readonly partial: string;
}

export function modelPaths(cacheDir: string, { name, file }: Pick<ModelEntry, 'name' | 'file'>): ModelPaths {
  const directory = modelDirectory(cacheDir, name);
  const workDirectory = join(cacheDir, 'models', '.work', name);
  return {
    directory,
    file: join(directory, file),
    workDirectory,
    stamp: join(workDirectory, 'stamp.json'),
    lock: join(workDirectory, 'lock'),
    partial: join(workDirectory, `${file}.part`),
  };
}

export function modelDirectory(cacheDir: string, name: string): string {
  return join(cacheDir, 'models', name);
}

/** What is known of a model that somebody brought, by its digest. */
export function broughtModelNote(cacheDir: string, sha256: string): string {
  return join(cacheDir, 'models', '.work', 'brought', `${sha256.slice(0, 32)}.json`);
}

/** What is handed to every worker as its cache of built graphs. */
export function graphCacheDirectory(cacheDir: string): string {
  return join(cacheDir, 'graphs');
}
