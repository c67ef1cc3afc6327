/**
 * From what a person calls a model to its file and the graph of it in the scheme that was asked for. What workers serve stays as it is:
 * nothing is written but the graph, and what the fetch of a model of the manifest writes.
 */

import { statSync } from 'node:fs';
import { buildGraph } from '../../graph/build-graph-runtime.ts';
import type { WeightScheme } from '../../graph/weight-scheme.ts';
import { graphCacheDirectory } from '../../model-files/cache-layout.ts';
import { readModelFilesConfig } from '../../model-files/config.ts';
import type { Manifest } from '../../model-files/manifest.ts';
import { parseModelChoice } from '../../model-files/model-choice.ts';
import { preparationCancelled } from '../../model-files/model-errors.ts';
import type { PreparationStep } from '../../model-files/preparation-step.ts';
import { type FetchModelOptions, fetchModel } from '../../model-files/runtime/fetch-model.ts';
import { openNetwork } from '../../model-files/runtime/network.ts';
import { readManifest, repositoryDir } from '../../model-files/runtime/read-manifest.ts';
import { checkExportOptions } from '../../onnx-export/check-export-options.ts';
import { findExport } from '../../onnx-export/export-files-runtime.ts';

export interface LocateModelOptions {
  readonly weights: WeightScheme;
  readonly onProgress: (step: PreparationStep) => void;
  readonly onNote: (message: string) => void;
  readonly signal: AbortSignal;
}

export interface LocatedModel {
  /** A GGUF file, a directory or an export's graph. */
  readonly modelFile: string;
  readonly graphDir: string;
}

/**
 * @param word a name of the manifest, a GGUF file or a Hugging Face directory.
 * @throws DrydockError WORKER_MODEL_UNKNOWN, WORKER_MODEL_UNAVAILABLE, WORKER_MODEL_HASH_WRONG, WORKER_MODEL_FILE_INVALID,
 *   WORKER_MODEL_UNSUPPORTED, WORKER_GRAPH_BUILD_FAILED, WORKER_CANCELLED
 */
export async function locateModel(word: string, options: LocateModelOptions): Promise<LocatedModel> {
  try {
    return await locate(word, options);
  } catch (error) {
    throw options.signal.aborted ? preparationCancelled(error) : error;
  }
}

async function locate(word: string, options: LocateModelOptions): Promise<LocatedModel> {
  const { cacheDir, environment } = readModelFilesConfig();
  const manifest = await readManifest();
  const choice = parseModelChoice(word, { manifest, isThere });
  const { weights, onProgress, signal } = options;
  const found =
    choice.kind === 'file'
      ? { modelFile: choice.path }
      : await fetchNamed(word, {
          ...{ ...options, manifest, cacheDir, repositoryDir, environment },
          network: openNetwork(environment),
        });
  const exported = await findExport(found.modelFile);
  if (exported !== undefined) {
    checkExportOptions(exported.graph, { weights });
    return { modelFile: found.modelFile, graphDir: exported.directory };
  }
  const { dir } = await buildGraph({
    ...found,
    cacheDir: graphCacheDirectory(cacheDir),
    weights,
    onProgress: (done, total) => onProgress({ step: 'build', done, total }),
    signal,
  });
  return { modelFile: found.modelFile, graphDir: dir };
}

async function fetchNamed(word: string, options: FetchModelOptions & { readonly manifest: Manifest }) {
  const wanted = options.manifest.models.filter(({ name }) => name === word);
  const { file, model, isNew } = await fetchModel(wanted, options);
  // Said once for each model, by whoever brings it.
  if (isNew) options.onNote(`${model.name} is under the ${model.licence.name}: ${model.licence.url}`);
  return { modelFile: file, sha256: model.sha256 };
}

function isThere(path: string): boolean {
  const status = statSync(path, { throwIfNoEntry: false });
  return status?.isFile() === true || status?.isDirectory() === true;
}
