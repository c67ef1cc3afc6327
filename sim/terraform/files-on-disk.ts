/** The files that `file`, `templatefile`, `fileset` and their kin read: regular ones, bounded in size and number. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ConfigurationFiles } from './expression/configuration-files.ts';
import { fileError } from './file-error.ts';

const BYTES_MAX = 8 * 1024 * 1024;
const FILES_MAX = 10_000;

/** @param directory absolute: what relative paths are relative to. */
export function filesOnDisk(directory: string): ConfigurationFiles {
  return {
    directory,
    readFile(path) {
      const absolute = resolve(directory, path);
      const stats = statSync(absolute, { throwIfNoEntry: false });
      if (!stats?.isFile()) return undefined;
      if (stats.size > BYTES_MAX) throw tooLarge(path, `it is larger than ${BYTES_MAX} bytes`);
      return readFileSync(absolute);
    },
    listFiles(path) {
      const found: string[] = [];
      collect(resolve(directory, path), '', found);
      return found.sort();
    },
  };
}

function collect(directory: string, prefix: string, found: string[]): void {
  if (found.length > FILES_MAX) throw tooLarge(directory, `it holds more than ${FILES_MAX} files`);
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const name = `${prefix}${entry.name}`;
    if (entry.isDirectory()) collect(join(directory, entry.name), `${name}/`, found);
    else if (entry.isFile()) found.push(name);
  }
}

function tooLarge(path: string, reason: string): Error {
  return fileError('SIM_TERRAFORM_UNREADABLE', path, { reason, nextStep: 'name a smaller one' });
}
