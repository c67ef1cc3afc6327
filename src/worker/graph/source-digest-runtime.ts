/**
 * Says which model some files are: the SHA-256 of a GGUF file, or one over the names, sizes and contents of a directory's files.
 * What was hashed once is not hashed again while it looks the same.
 */

import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { findDirectoryFiles } from '../hugging-face/directory-files-runtime.ts';
import { findExport } from '../onnx-export/export-files-runtime.ts';
import { sha256OfFile } from './file-digest-runtime.ts';
import { areSameFacts, filesFactsSchema, readFilesFacts, readSettledFacts } from './file-facts-runtime.ts';
import { writeWhole } from './write-file-runtime.ts';

export interface DigestOptions {
  /** Where is noted what was hashed. */
  readonly cacheDir: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
}

const stampSchema = z.object({ files: filesFactsSchema, sha256: z.string().regex(/^[0-9a-f]{64}$/) });

/**
 * The digest of a model whose files look as they did when they were last hashed.
 * @param path a file or a directory.
 * @returns undefined when they must be hashed, or are no model.
 */
export async function knownDigest(path: string, { cacheDir }: DigestOptions): Promise<string | undefined> {
  const text = await readFile(stampPath(path, cacheDir), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const stamp = stampSchema.safeParse(parseJson(text)).data;
  if (stamp === undefined) return undefined;
  const files = await filesOf(path).catch(() => undefined);
  const facts = files === undefined ? undefined : await readFilesFacts(files);
  return facts !== undefined && areSameFacts(facts, stamp.files) ? stamp.sha256 : undefined;
}

/** @throws the signal's reason on abort; DrydockError WORKER_MODEL_FILE_INVALID for a directory that is no model. */
export async function digestOfModel(path: string, options: DigestOptions): Promise<string> {
  const known = await knownDigest(path, options);
  if (known !== undefined) return known;
  const files = await filesOf(path);
  // Before reading: what changes meanwhile does not look like this any more.
  const facts = await readSettledFacts(files);
  const sha256 = await hashFiles(files, options);
  if (facts !== undefined) {
    const text = `${JSON.stringify({ files: facts, sha256 })}\n`;
    // A cache that cannot be written serves all the same.
    await writeWhole(stampPath(path, options.cacheDir), text).catch(() => undefined);
  }
  return sha256;
}

async function filesOf(path: string): Promise<readonly string[]> {
  const exported = await findExport(path);
  if (exported !== undefined) return exported.all;
  const status = await stat(path).catch(() => undefined);
  return status?.isDirectory() === true ? (await findDirectoryFiles(path)).all : [path];
}

async function hashFiles(files: readonly string[], { signal, onProgress }: DigestOptions): Promise<string> {
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let done = 0;
  const onBytes = (count: number) => {
    done += count;
    onProgress?.(done, total);
  };
  const lines: string[] = [];
  for (const [index, file] of files.entries()) {
    const sha256 = await sha256OfFile(file, { signal, onBytes });
    lines.push(`${basename(file)}\n${sizes[index]}\n${sha256}\n`);
    if (files.length === 1) return sha256;
  }
  // Sorted, for the order in which a directory is listed says nothing.
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex');
}

function stampPath(path: string, cacheDir: string): string {
  const name = createHash('sha256').update(resolve(path)).digest('hex').slice(0, 32);
  return join(cacheDir, 'sources', `${name}.json`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
