/** What getting a model takes from the environment: where the cache is, and what the programs it starts are to see. */

import { homedir } from 'node:os';
import { join } from 'node:path';

export interface ModelFilesConfig {
  /** Everything that Drydock keeps between runs. */
  readonly cacheDir: string;
  /** Whole, for pip: its index, proxy and certificates are set there. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export function readModelFilesConfig(environment: NodeJS.ProcessEnv = process.env): ModelFilesConfig {
  // XDG Base Directory Specification: a relative path is invalid and to be ignored.
  const cacheHome = environment.XDG_CACHE_HOME?.startsWith('/')
    ? environment.XDG_CACHE_HOME
    : join(environment.HOME || homedir(), '.cache');
  return Object.freeze({ cacheDir: join(cacheHome, 'drydock'), environment: { ...environment } });
}
