/** Has Node keep what it makes of our sources, so that the next start of a command need not strip and compile them again. */

import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { readModelFilesConfig } from '../config.ts';

/** Holds for what is loaded from now on. A folder that cannot be written costs time and nothing else. */
export function keepCompiledSources(): void {
  enableCompileCache(join(readModelFilesConfig().cacheDir, 'compiled'));
}
