/**
 * Builds a model's graph, or finds it as it was left. The builder reads a whole graph to find damage; here a look at sizes
 * and times is enough, for a worker lets the builder look before it serves.
 */

import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { BuildGraphOptions } from '../../graph/build-graph-runtime.ts';
import { builderVersion } from '../../graph/graph-entry-runtime.ts';
import { type FileFacts, fileFactsSchema, readFileFacts, writeWhole } from './stamp.ts';

const graphStampSchema = z.object({
  builderVersion: z.number(),
  sha256: z.string(),
  /** Of its folder in the cache. */
  name: z.string(),
  files: z.record(z.string(), fileFactsSchema),
});

type GraphStamp = z.infer<typeof graphStampSchema>;

export interface FindGraphOptions extends BuildGraphOptions {
  readonly sha256: string;
  /** Where is written what the graph looked like. */
  readonly stampPath: string;
}

/** @returns the graph's directory. */
export async function findGraph({ stampPath, ...options }: FindGraphOptions): Promise<string> {
  const known = await findKnownGraph(stampPath, options);
  if (known !== undefined) return known;
  const { buildGraph } = await import('../../graph/build-graph-runtime.ts');
  const { dir, sha256 } = await buildGraph(options);
  const files = await readFacts(options.cacheDir, sha256);
  const stamp: GraphStamp = { builderVersion, sha256, name: basename(dir), files };
  await writeWhole(stampPath, `${JSON.stringify(stamp)}\n`);
  return dir;
}

async function findKnownGraph(
  stampPath: string,
  { cacheDir, sha256 }: Pick<FindGraphOptions, 'cacheDir' | 'sha256'>,
): Promise<string | undefined> {
  const text = await readFile(stampPath, 'utf8').catch(() => undefined);
  const stamp = text === undefined ? undefined : graphStampSchema.safeParse(parseJson(text)).data;
  if (stamp?.builderVersion !== builderVersion || stamp.sha256 !== sha256) return undefined;
  const files = await readFacts(cacheDir, sha256).catch(() => undefined);
  return JSON.stringify(files) === JSON.stringify(stamp.files) ? join(cacheDir, stamp.name) : undefined;
}

/** Of all that the cache holds of a model: the builder puts the model's hash into its names. */
async function readFacts(cacheDir: string, sha256: string): Promise<Record<string, FileFacts>> {
  const facts: Record<string, FileFacts> = {};
  for (const path of (await readdir(cacheDir, { recursive: true })).sort()) {
    if (!path.includes(sha256.slice(0, 32))) continue;
    const found = await readFileFacts(join(cacheDir, path));
    if (found !== undefined) facts[path] = found;
  }
  return facts;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
