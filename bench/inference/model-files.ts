/** The files that every side runs: one model at 8 bits, written once into the cache, and the graphs of it. */

import { existsSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { openGguf } from '../../src/worker/gguf/gguf-file-runtime.ts';
import { buildGraph } from '../../src/worker/graph/build-graph-runtime.ts';
import { dataFileName } from '../../src/worker/graph/graph-entry-runtime.ts';
import type { GraphOptions } from '../../src/worker/graph/graph-variant.ts';
import { graphCacheDirectory } from '../../src/worker/model-files/cache-layout.ts';
import { readModelFilesConfig } from '../../src/worker/model-files/config.ts';
import { parseModelChoice } from '../../src/worker/model-files/model-choice.ts';
import { fetchModel } from '../../src/worker/model-files/runtime/fetch-model.ts';
import { openNetwork } from '../../src/worker/model-files/runtime/network.ts';
import { readManifest, repositoryDir } from '../../src/worker/model-files/runtime/read-manifest.ts';
import { planQ8Tensors } from './q8-plan.ts';
import { writeQ8Gguf } from './write-q8-gguf.ts';

type Print = (line: string) => void;

/** Its weights come through the package registry, so that it is there where nothing else is. */
const defaultModel = 'gemma-3-270m';

/** @returns a Q8_0 GGUF file: the model itself if it is one, else one that is written from it. */
export async function prepareQ8File(model: string = defaultModel, print: Print): Promise<string> {
  const source = await locate(model, print);
  await using gguf = await openGguf(source);
  const planned = planQ8Tensors(gguf.tensors.values());
  if (planned.every(({ source: { type }, type: wanted }) => type.id === wanted.id)) return source;
  const { size, mtimeMs } = await stat(source);
  const stamp = `${size.toString(36)}-${Math.trunc(mtimeMs).toString(36)}`;
  const name = `${basename(source, '.gguf')}-${stamp}-q8_0.gguf`;
  const target = join(readModelFilesConfig().cacheDir, 'bench', name);
  if (existsSync(target)) return target;
  const { bytes, sha256 } = await writeQ8Gguf(source, target);
  print(`wrote ${target}: ${bytes} bytes, SHA-256 ${sha256}`);
  return target;
}

async function locate(model: string, print: Print): Promise<string> {
  const { cacheDir, environment } = readModelFilesConfig();
  const manifest = await readManifest();
  const choice = parseModelChoice(model, { manifest, isThere: existsSync });
  if (choice.kind === 'file') return choice.path;
  const wanted = manifest.models.filter(({ name }) => choice.kind === 'name' && name === choice.name);
  const { file } = await fetchModel(wanted, {
    ...{ cacheDir, environment, repositoryDir, network: openNetwork(environment) },
    onNote: print,
    onProgress: () => undefined,
    signal: new AbortController().signal,
  });
  return file;
}

export interface PreparedGraph {
  readonly graphDir: string;
  /** Every matrix is read once for a token; rows of the embeddings and of a shortlist come from the model file, and are little. */
  readonly bytesPerToken: number;
}

export async function prepareGraph(modelFile: string, graph: GraphOptions): Promise<PreparedGraph> {
  const cacheDir = graphCacheDirectory(readModelFilesConfig().cacheDir);
  const { dir } = await buildGraph({ modelFile, cacheDir, ...graph });
  return { graphDir: dir, bytesPerToken: statSync(join(dir, dataFileName)).size };
}
