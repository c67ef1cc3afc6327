/**
 * Makes the folder that a worker sees as `/run/drydock/model` (docs/launch-contract.md). A file that lies elsewhere is linked
 * by its absolute path: a node in the simulation has the machine's own file tree, so the link leads there too.
 */

import { mkdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { WeightScheme } from '../../graph/weight-scheme.ts';
import { writeWhole } from '../../graph/write-file-runtime.ts';

export interface ModelDescription {
  readonly name: string;
  readonly file: string;
  readonly chatStyle: string;
  /** Spares the worker the hashing. */
  readonly sha256: string;
  /** Absent: `auto`. */
  readonly weights?: WeightScheme;
  /** The graph of an ONNX export, from `file` on. */
  readonly export?: string;
}

/** @param options.linkTo where the file is, if it is not in the folder itself. */
export async function writeModelDirectory(
  directory: string,
  description: ModelDescription,
  options: { readonly linkTo?: string } = {},
): Promise<void> {
  await mkdir(directory, { recursive: true });
  if (options.linkTo !== undefined) await link(options.linkTo, join(directory, description.file));
  const path = join(directory, 'model.json');
  const text = `${JSON.stringify(description, null, 2)}\n`;
  if ((await readFile(path, 'utf8').catch(() => '')) !== text) await writeWhole(path, text);
}

/** Renamed into place, for a worker may be reading through the old one. */
async function link(target: string, path: string): Promise<void> {
  if ((await readlink(path).catch(() => undefined)) === target) return;
  const unfinished = `${path}.${process.pid}.tmp`;
  await rm(unfinished, { force: true });
  await symlink(target, unfinished);
  await rename(unfinished, path);
}
