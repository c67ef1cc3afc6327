/**
 * From a name or a file to a model that a worker can serve: the file is there and verified, its graph is built, and a
 * folder describes it. What was done before is found and not done again.
 */

import { basename, relative } from 'node:path';
import { DrydockError, isDrydockError } from '../../../rpc/errors.ts';
import type { WorkerErrorCode } from '../../errors.ts';
import type { WeightNote } from '../../graph/weight-notes.ts';
import type { WeightScheme } from '../../graph/weight-scheme.ts';
import { checkExportOptions } from '../../onnx-export/check-export-options.ts';
import { type ExportFiles, findExport } from '../../onnx-export/export-files-runtime.ts';
import { broughtDirectoryName, broughtModelName, findKnown } from '../brought-file.ts';
import { graphCacheDirectory, modelDirectory } from '../cache-layout.ts';
import type { Licence, Manifest, ModelEntry } from '../manifest.ts';
import type { ModelChoice } from '../model-choice.ts';
import { preparationCancelled } from '../model-errors.ts';
import { type FetchModelOptions, fetchModel } from './fetch-model.ts';
import { findGraph } from './find-graph.ts';
import { readBroughtModel } from './read-brought-model.ts';
import { writeModelDirectory } from './write-model-directory.ts';

export interface PrepareModelOptions extends FetchModelOptions {
  readonly manifest: Manifest;
  /** In which form weights come into the graph. Default `auto`. */
  readonly weights?: WeightScheme;
}

export interface PreparedModel {
  readonly name: string;
  /** The model's file, or its directory. */
  readonly file: string;
  /** See `digestOfModel`. */
  readonly sha256: string;
  readonly chatStyle: ModelEntry['chatStyle'];
  /** Undefined for a file whose licence we do not know. */
  readonly licence: Licence | undefined;
  /** Holds `model.json` and the file, or a link to it. */
  readonly directory: string;
  /** The cache that the graph is in. */
  readonly graphCacheDirectory: string;
  readonly graphDir: string;
  /** How the weights came into it. */
  readonly weights: readonly WeightNote[];
  readonly random: boolean;
}

type Located = Omit<PreparedModel, 'graphDir' | 'graphCacheDirectory' | 'weights'> & {
  /** What the model's folder calls what lies elsewhere, and its path. */
  readonly link?: { readonly name: string; readonly to: string };
  readonly exported?: ExportFiles | undefined;
};

/**
 * @throws DrydockError WORKER_MODEL_UNAVAILABLE, WORKER_MODEL_HASH_WRONG, WORKER_MODEL_FILE_INVALID,
 *   WORKER_MODEL_UNSUPPORTED, WORKER_GRAPH_BUILD_FAILED, WORKER_CANCELLED
 */
export async function prepareModel(
  choice: ModelChoice,
  options: PrepareModelOptions,
): Promise<PreparedModel> {
  try {
    options.signal.throwIfAborted();
    return await prepare(choice, options);
  } catch (error) {
    if (options.signal.aborted) throw preparationCancelled(error);
    throw isDrydockError(error) ? error : cacheUnusable(options.cacheDir, error);
  }
}

async function prepare(choice: ModelChoice, options: PrepareModelOptions): Promise<PreparedModel> {
  const located =
    choice.kind === 'file'
      ? await locateBrought(choice.path, options)
      : await locateKnown(wantedModels(choice, options.manifest), options);
  tellNature(located, options);
  const { link, exported, ...model } = located;
  const graphs = graphCacheDirectory(options.cacheDir);
  const scheme = options.weights === undefined ? {} : { weights: options.weights };
  const { dir: graphDir, weights } =
    exported === undefined
      ? await findGraph({
          modelFile: model.file,
          cacheDir: graphs,
          sha256: model.sha256,
          ...scheme,
          onProgress: (done, total) => options.onProgress({ step: 'build', done, total }),
          signal: options.signal,
        })
      : asExported(exported, options);
  const { name, chatStyle, sha256 } = model;
  const description = {
    ...{ name, file: link?.name ?? basename(model.file), chatStyle, sha256, ...scheme },
    // By name, for a directory may have several.
    ...(exported === undefined ? {} : { export: relative(exported.directory, exported.graph) }),
  };
  await writeModelDirectory(model.directory, description, link === undefined ? {} : { linkTo: link.to });
  return { ...model, graphCacheDirectory: graphs, graphDir, weights };
}

/** Nothing is built: the graph is that of the export. */
function asExported({ directory, graph }: ExportFiles, options: PrepareModelOptions) {
  checkExportOptions(graph, options);
  options.onNote(`${graph} runs as it is, one answer after the other: a GGUF file of the model is faster`);
  const kind = basename(graph);
  return { dir: directory, weights: [{ kind, type: 'ONNX', tensors: 1, form: 'as exported' }] };
}

function wantedModels(
  choice: Exclude<ModelChoice, { kind: 'file' }>,
  { default: defaults, models }: Manifest,
): readonly ModelEntry[] {
  const names = choice.kind === 'name' ? [choice.name] : defaults;
  return names.flatMap((name) => models.filter((model) => model.name === name));
}

async function locateKnown(models: readonly ModelEntry[], options: PrepareModelOptions): Promise<Located> {
  const { model, file, isNew } = await fetchModel(models, options);
  const { name, sha256, chatStyle, licence, random } = model;
  if (isNew) options.onNote(`${name} is under the ${licence.name}: ${licence.url}`);
  return {
    name,
    sha256,
    chatStyle,
    licence,
    random,
    file,
    directory: modelDirectory(options.cacheDir, name),
  };
}

async function locateBrought(path: string, options: PrepareModelOptions): Promise<Located> {
  const { manifest, cacheDir } = options;
  const { path: file, isDirectory, sha256, chatStyle } = await readBroughtModel(path, options);
  const known = findKnown(manifest, sha256);
  const exported = await findExport(file);
  const named = exported === undefined || isDirectory ? path : exportName(exported);
  const name = known?.name ?? broughtModelName(named, { manifest, sha256 });
  return {
    name,
    sha256,
    chatStyle: known?.chatStyle ?? chatStyle,
    licence: known?.licence,
    random: known?.random ?? false,
    file,
    directory: modelDirectory(cacheDir, broughtDirectoryName(sha256)),
    exported,
    link:
      isDirectory || exported !== undefined
        ? { name: broughtDirectoryLink, to: exported?.directory ?? file }
        : { name: `${name}.gguf`, to: file },
  };
}

/** One of several graphs of a directory. */
function exportName({ directory, graph }: ExportFiles): string {
  return `${basename(directory)}-${basename(graph, '.onnx')}`;
}

function tellNature({ name, random, chatStyle }: Located, { onNote }: PrepareModelOptions): void {
  if (random) onNote(`${name} has random weights: its answers are noise`);
  if (chatStyle === 'turns') {
    onNote(`${name} has no chat template: it is asked in turns of User: and Assistant:`);
  }
}

/** A name that no other file of a model's folder has. */
const broughtDirectoryLink = 'model';

function cacheUnusable(cacheDir: string, error: unknown): unknown {
  if (!(error instanceof Error && 'syscall' in error)) return error;
  return new DrydockError<WorkerErrorCode>(
    'WORKER_MODEL_UNAVAILABLE',
    `could not use the model cache ${cacheDir}: ${error.message}; make room or permission there, or set XDG_CACHE_HOME`,
    { cause: error },
  );
}
