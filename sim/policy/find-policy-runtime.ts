/**
 * Finds and reads the policy file of a configuration: beside it, or in a folder above, up to the root of its git repository.
 * Above that, and without a repository, other people's files begin.
 */

import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { DrydockError } from '../errors.ts';
import { parsePolicy } from './parse-policy.ts';
import type { Policy } from './policy.ts';

export const POLICY_NAME = 'drydock.policy.yaml';
const FOLDERS_MAX = 32;
const BYTES_MAX = 1024 * 1024;

/** The path of the policy in force, or undefined. `configuration` is a file or a folder. */
export function findPolicy(configuration: string): string | undefined {
  const own = folderOf(configuration);
  const folders = foldersUpFrom(own);
  const root = folders.findIndex((folder) => existsSync(join(folder, '.git')));
  const within = root < 0 ? folders.slice(0, 1) : folders.slice(0, root + 1);
  const found = within.map((folder) => join(folder, POLICY_NAME)).find((path) => existsSync(path));
  return found && shownPath(found);
}

/** @throws SIM_POLICY_INVALID */
export function readPolicy(file: string): Policy {
  return parsePolicy(readText(file), { file });
}

export function folderOf(configuration: string): string {
  const path = resolve(configuration);
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? path : dirname(path);
}

/** As a person in the working folder would write it. */
export function shownPath(path: string): string {
  const shown = relative(process.cwd(), path);
  return shown.startsWith('..') || shown === '' ? path : shown;
}

function foldersUpFrom(start: string): readonly string[] {
  const folders = [start];
  for (let step = 0; step < FOLDERS_MAX; step += 1) {
    const above = dirname(folders.at(-1) ?? start);
    if (above === folders.at(-1)) break;
    folders.push(above);
  }
  return folders;
}

function readText(file: string): string {
  const fail = (reason: string) =>
    new DrydockError('SIM_POLICY_INVALID', `could not read the policy ${file}: ${reason}; give a YAML file`, {
      details: { file },
    });
  try {
    const stats = statSync(file);
    if (!stats.isFile()) throw fail('it is no regular file');
    if (stats.size > BYTES_MAX) throw fail(`it is larger than ${BYTES_MAX} bytes`);
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof DrydockError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw fail(code === 'ENOENT' ? 'there is no such file' : code);
  }
}
