/**
 * Which files of a directory make a model: the config, the weights (one safetensors file, or the shards that an index names), and what
 * belongs to the tokenizer. Nothing is opened but the index.
 */

import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { parseBoundedJson } from '../bounded-json.ts';
import { modelFileInvalid, quoted } from '../gguf/model-file-error.ts';
import { openRegularFile } from '../gguf/regular-file-runtime.ts';
import { findRepeatedKey } from './repeated-key.ts';

export interface DirectoryFiles {
  readonly config: string;
  /** Paths of the files that hold weights. */
  readonly weights: readonly string[];
  /** Which of them holds a tensor; undefined where there is one file, which holds all. */
  readonly shardOf: ReadonlyMap<string, string> | undefined;
  /** Every file that counts, weights and all. */
  readonly all: readonly string[];
}

export const configName = 'config.json';
const weightsName = 'model.safetensors';
const indexName = 'model.safetensors.index.json';
/** A directory with one of them has weights to build a graph of. */
export const weightNames = [weightsName, indexName] as const;
const tokenizerNames = [
  ...['tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja', 'chat_template.json'],
  ...['generation_config.json', 'special_tokens_map.json', 'added_tokens.json'],
];
/** Gemma-3's `tokenizer_config.json` takes 1.2 MB. */
const textBytesMax = 8 * 1024 * 1024;
const shardsMax = 256;

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/** @throws DrydockError WORKER_MODEL_FILE_INVALID */
export async function findDirectoryFiles(directory: string): Promise<DirectoryFiles> {
  const names = await readdir(directory).catch((cause: NodeJS.ErrnoException) => {
    throw modelFileInvalid(directory, `it cannot be listed (${cause.code})`, cause);
  });
  const config = join(directory, configName);
  if (!names.includes(configName)) throw modelFileInvalid(directory, `it has no ${configName}`);
  const tokenizer = findTokenizerFiles(directory, names);
  // As transformers does: one file, where it is there, wins over shards.
  if (names.includes(weightsName)) {
    const weights = join(directory, weightsName);
    return { config, weights: [weights], shardOf: undefined, all: [config, weights, ...tokenizer] };
  }
  if (!names.includes(indexName)) {
    throw modelFileInvalid(directory, `it has neither ${weightsName} nor ${indexName}, and no ONNX export`);
  }
  const index = join(directory, indexName);
  const shardOf = parseIndex(await readTextFile(index), index);
  const weights = [...new Set(shardOf.values())].sort();
  if (weights.length > shardsMax) throw modelFileInvalid(index, `it names ${weights.length} files`);
  return { config, weights, shardOf, all: [config, index, ...weights, ...tokenizer] };
}

/** Paths of the files of the tokenizer, of those that are there. */
export function findTokenizerFiles(directory: string, names: readonly string[]): readonly string[] {
  return tokenizerNames.filter((name) => names.includes(name)).map((name) => join(directory, name));
}

/** @throws DrydockError WORKER_MODEL_FILE_INVALID for a file that is missing, or larger than any of its kind. */
export async function readTextFile(file: string): Promise<string> {
  await using regular = await openRegularFile(file);
  if (regular.bytes > textBytesMax) throw modelFileInvalid(file, `it has ${regular.bytes} bytes`);
  const bytes = new Uint8Array(regular.bytes);
  await regular.read(bytes, 0);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw modelFileInvalid(file, 'it is not text', cause);
  }
}

function parseIndex(text: string, index: string): ReadonlyMap<string, string> {
  let value: unknown;
  try {
    value = parseBoundedJson(text);
  } catch (cause) {
    throw modelFileInvalid(index, 'it is not JSON', cause);
  }
  const { data, error } = indexSchema.safeParse(value);
  if (data === undefined) throw modelFileInvalid(index, `weight_map: ${error.issues[0]?.message}`);
  const repeated = findRepeatedKey(text);
  if (repeated !== undefined) throw modelFileInvalid(index, `it has ${quoted(repeated)} twice`);
  const directory = index.slice(0, -indexName.length);
  return new Map(
    Object.entries(data.weight_map).map(([tensor, file]) => {
      // A name in the same directory, so that no index leads out of it.
      if (basename(file) !== file || !file.endsWith('.safetensors')) {
        throw modelFileInvalid(index, `${quoted(file)} is not the name of a safetensors file`);
      }
      return [tensor, join(directory, file)];
    }),
  );
}
