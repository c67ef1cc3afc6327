/**
 * Which files make an ONNX export as transformers.js and optimum lay them out: `config.json` and the tokenizer's files in a directory,
 * the graph in it or in its `onnx`, and the weights beside the graph. Nothing is opened.
 */

import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { modelFileInvalid, modelUnsupported } from '../gguf/model-file-error.ts';
import { configName, findTokenizerFiles, weightNames } from '../hugging-face/directory-files-runtime.ts';

export interface ExportFiles {
  /** Holds the config and the tokenizer. */
  readonly directory: string;
  readonly config: string;
  readonly graph: string;
  /** Every file that counts, weights and all. */
  readonly all: readonly string[];
}

const folderName = 'onnx';
/** Of several, the first is taken: what is closest to the model stands first. */
const graphNames = [
  ...['model.onnx', 'model_fp16.onnx', 'model_quantized.onnx', 'model_int8.onnx', 'model_uint8.onnx'],
  ...['model_q4.onnx', 'model_q4f16.onnx', 'model_bnb4.onnx'],
];

/**
 * @param path a directory, or the graph's own file where a directory has several.
 * @returns undefined for what is no export: another file, or a directory that has safetensors.
 * @throws DrydockError WORKER_MODEL_FILE_INVALID, WORKER_MODEL_UNSUPPORTED
 */
export async function findExport(path: string): Promise<ExportFiles | undefined> {
  if (path.endsWith('.onnx') && !(await isDirectory(path))) {
    const folder = dirname(path);
    return filesOf(basename(folder) === folderName ? dirname(folder) : folder, path);
  }
  const names = await namesIn(path);
  // With safetensors it is a model of ours to build, which runs faster.
  if (weightNames.some((name) => names.includes(name))) return undefined;
  const inside = (await namesIn(join(path, folderName))).filter((name) => name.endsWith('.onnx'));
  const beside = names.filter((name) => name.endsWith('.onnx'));
  if (inside.length + beside.length === 0) return undefined;
  const [folder, graphs] = inside.length > 0 ? [join(path, folderName), inside] : [path, beside];
  const graph = graphNames.find((name) => graphs.includes(name));
  if (graph === undefined) {
    throw modelUnsupported(path, `of ${graphs.sort().slice(0, 5).join(', ')} none is a whole text model`);
  }
  return filesOf(path, join(folder, graph));
}

async function filesOf(directory: string, graph: string): Promise<ExportFiles> {
  const names = await namesIn(directory);
  if (!names.includes(configName)) throw modelFileInvalid(directory, `it has no ${configName}`);
  const config = join(directory, configName);
  const folder = dirname(graph);
  const stem = basename(graph);
  const isData = (name: string) => name.startsWith(`${stem}_data`) || name.startsWith(`${stem}.data`);
  const data = (await namesIn(folder)).filter(isData).sort();
  const weights = [graph, ...data.map((name) => join(folder, name))];
  return {
    directory,
    config,
    graph,
    all: [config, ...weights, ...findTokenizerFiles(directory, names)],
  };
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

/** Empty for what is no directory. */
async function namesIn(directory: string): Promise<readonly string[]> {
  return await readdir(directory).catch(() => []);
}
