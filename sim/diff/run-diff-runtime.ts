/** `drydock diff`: two versions of a network, each a path or a git revision, and the flows that differ. */

import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { DrydockError } from '../errors.ts';
import { type NetworkOptions, type ProvenNetwork, readNetwork } from '../network/index.ts';
import { compareNetworks } from './compare-networks.ts';
import { type Compared, describeChanges, markdownChanges } from './describe-changes.ts';
import { isRevision, repositoryRoot, unpackRevision } from './git-tree-runtime.ts';
import { opens } from './opens.ts';

export interface DiffOptions extends Omit<NetworkOptions, 'path'> {
  readonly before: string;
  readonly after: string;
  /** Within revisions: the directory or file to read. Default: our own synthesis of `dev`. */
  readonly path: string;
  readonly format: 'text' | 'json' | 'markdown';
  readonly print: (text: string) => void;
}

/** @returns 0 nothing opens and nothing becomes unknown, 1 something opens, 2 something becomes unknown. */
export async function runDiff(options: DiffOptions): Promise<0 | 1 | 2> {
  const before = await readVersion(options.before, options);
  const after = await readVersion(options.after, options);
  const { changes, unknown } = compareNetworks(before, after);
  const compared = { before: options.before, after: options.after, changes, unknown };
  options.print(FORMATS[options.format](compared));
  if (changes.some(opens)) return 1;
  return unknown.length > 0 ? 2 : 0;
}

const FORMATS: Readonly<Record<DiffOptions['format'], (compared: Compared) => string>> = {
  text: describeChanges,
  markdown: markdownChanges,
  json: (compared) => `${JSON.stringify({ schemaVersion: 1, ...compared }, null, 2)}\n`,
};

async function readVersion(name: string, options: DiffOptions): Promise<ProvenNetwork> {
  const { variables, variableFiles } = options;
  if (existsSync(name)) return readNetwork({ path: name, variables, variableFiles });
  const root = await repositoryRoot();
  if (root === undefined || !(await isRevision(name))) {
    throw new DrydockError(
      'SIM_INPUT_INVALID',
      `could not read ${name}: it is no file, no directory and no git revision here; give one of them`,
    );
  }
  using tree = await unpackRevision(root, name);
  const within = relative(root, resolve(options.path));
  if (within.startsWith('..')) {
    throw new DrydockError(
      'SIM_INPUT_INVALID',
      `could not read ${options.path} of ${name}: it is outside the repository; give a path inside ${root}`,
    );
  }
  // Awaited here: the files go when this function ends.
  return await readNetwork({
    path: join(tree.folder, within),
    variables,
    variableFiles: variableFiles.map((file) => ofRevision(file, { root, folder: tree.folder })),
  });
}

/** A file that the revision has is read as it was then; one that is not in the repository, as it is. */
function ofRevision(
  file: string,
  { root, folder }: { readonly root: string; readonly folder: string },
): string {
  const within = relative(root, resolve(file));
  const then = join(folder, within);
  return !within.startsWith('..') && existsSync(then) ? then : file;
}
