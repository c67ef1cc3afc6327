/** A directory as Hugging Face lays it out, as a model source: `config.json`, safetensors, tokenizer. */

import { type GgmlType, ggmlTypeNamed } from '../gguf/ggml-types.ts';
import { modelFileInvalid, modelUnsupported, quoted } from '../gguf/model-file-error.ts';
import { openRegularFile, type RegularFile } from '../gguf/regular-file-runtime.ts';
import type { ModelSource, SourceTensor } from '../model-source.ts';
import { type DirectoryFiles, findDirectoryFiles, readTextFile } from './directory-files-runtime.ts';
import { fitVocabulary } from './fit-vocabulary.ts';
import { type DirectoryConfig, readDirectoryConfig } from './read-config.ts';
import {
  headerBytes,
  parseSafetensorsHeader,
  prefixBytes,
  type SafetensorsTensor,
} from './safetensors-header.ts';
import { ggufTensorName, isNormName } from './tensor-names.ts';

/** @throws DrydockError WORKER_MODEL_FILE_INVALID, WORKER_MODEL_UNSUPPORTED */
export async function openDirectorySource(directory: string): Promise<ModelSource> {
  const files = await findDirectoryFiles(directory);
  const read = readDirectoryConfig(await readTextFile(files.config), files.config);
  await using opening = new AsyncDisposableStack();
  const open = new Map<string, RegularFile>();
  const tensors = new Map<string, SourceTensor>();
  for (const file of files.weights) {
    const regular = opening.use(await openRegularFile(file));
    open.set(file, regular);
    addTensors(tensors, await readHeader(regular), { file, files, isTied: read.isTied });
  }
  checkShards(files, tensors);
  const config = { ...read.config, vocabSize: vocabSizeOf(tensors, read, directory) };
  const opened = opening.move();
  return {
    path: directory,
    kind: 'hugging-face',
    files: files.all,
    config,
    tensors,
    async readBytes({ file, offset }, into, from) {
      const regular = open.get(file);
      if (regular === undefined) throw new TypeError(`${file} is no file of this model`);
      await regular.read(into, offset + from);
    },
    // Whose directory has no tokenizer was not fetched whole.
    hasVocabulary: true,
    async readVocabulary() {
      const { readTokenizer } = await import('./read-tokenizer.ts');
      return fitVocabulary(await readTokenizer(directory), { rows: config.vocabSize, path: directory });
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function readHeader(regular: RegularFile): Promise<ReadonlyMap<string, SafetensorsTensor>> {
  const { file, bytes: fileBytes } = regular;
  const prefix = Buffer.alloc(prefixBytes);
  if (fileBytes >= prefixBytes) await regular.read(prefix, 0);
  const header = new Uint8Array(headerBytes(prefix, { file, fileBytes }));
  await regular.read(header, prefixBytes);
  return parseSafetensorsHeader({ file, header, fileBytes });
}

interface Origin {
  readonly file: string;
  readonly files: DirectoryFiles;
  readonly isTied: boolean;
}

function addTensors(
  tensors: Map<string, SourceTensor>,
  found: ReadonlyMap<string, SafetensorsTensor>,
  { file, files, isTied }: Origin,
): void {
  for (const tensor of found.values()) {
    if (files.shardOf !== undefined && files.shardOf.get(tensor.name) !== file) continue;
    const named = ggufTensorName(tensor.name);
    if (named === 'unknown') {
      throw modelUnsupported(file, `it has the tensor ${quoted(tensor.name)}, which no Gemma-3 has`);
    }
    if (named === 'other') continue;
    const { name } = named;
    // Some write the embedding a second time under the output's name.
    if (name === 'output.weight' && isTied) continue;
    if (tensors.has(name)) throw modelFileInvalid(file, `${name} appears twice, under two names`);
    const { elements, offset } = tensor;
    const type = sourceType(file, tensor);
    const shape = tensor.shape.toReversed();
    tensors.set(name, { name, type, shape, elements, file, offset, added: isNormName(name) ? 1 : 0 });
  }
}

function sourceType(file: string, { name, dtype }: SafetensorsTensor): GgmlType {
  const type = dtype === 'F32' || dtype === 'F16' || dtype === 'BF16' ? ggmlTypeNamed(dtype) : undefined;
  if (type === undefined) {
    throw modelUnsupported(file, `the tensor ${quoted(name)} has the type ${quoted(dtype)}`);
  }
  return type;
}

/** Every tensor that the index puts into a shard is in that shard. */
function checkShards({ shardOf }: DirectoryFiles, tensors: ReadonlyMap<string, SourceTensor>): void {
  for (const [tensor, file] of shardOf ?? []) {
    const named = ggufTensorName(tensor);
    if (typeof named === 'string' || named.name === 'output.weight') continue;
    if (tensors.get(named.name)?.file !== file) {
      throw modelFileInvalid(file, `the tensor ${quoted(tensor)} is missing, which the index says is in it`);
    }
  }
}

function vocabSizeOf(
  tensors: ReadonlyMap<string, SourceTensor>,
  { config, vocabSize }: DirectoryConfig,
  directory: string,
): number {
  const shape = tensors.get('token_embd.weight')?.shape;
  const rows = shape?.[1];
  if (shape?.length !== 2 || shape[0] !== config.hidden || rows === undefined || rows < 1) {
    throw modelFileInvalid(directory, 'its embeddings are missing or have a wrong shape');
  }
  if (vocabSize !== undefined && vocabSize !== rows) {
    throw modelFileInvalid(directory, `its config has ${vocabSize} tokens, and there are ${rows} embeddings`);
  }
  return rows;
}
