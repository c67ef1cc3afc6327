/** Directories as Hugging Face lays them out, made of the main fixture model. */

import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixtureFile } from '../references.ts';
import { scratchDir } from '../scratch-dir.ts';
import { readParts, type SafetensorsPart, writeSafetensors } from './write-safetensors.ts';

export const tinyParts = readParts(fixtureFile('model.safetensors'));

export interface DirectoryChanges {
  /** In place of the fixture's, or a file of the fixture. */
  readonly config?: object | string;
  /** In place of the fixture's weights. */
  readonly parts?: readonly SafetensorsPart[];
  /** Into how many files. Default: one, without an index. */
  readonly shards?: number;
}

/** @returns its path. */
export function modelDirectory({ config = 'config.json', parts, shards }: DirectoryChanges = {}): string {
  const directory = scratchDir();
  const put = (name: string, content: string | Uint8Array) => writeFileSync(join(directory, name), content);
  if (typeof config === 'string') copyFileSync(fixtureFile(config), join(directory, 'config.json'));
  else put('config.json', JSON.stringify(config));
  for (const name of ['tokenizer.json', 'tokenizer_config.json']) {
    copyFileSync(fixtureFile(name), join(directory, name));
  }
  if (shards === undefined) {
    put('model.safetensors', writeSafetensors(parts ?? tinyParts));
    return directory;
  }
  const all = parts ?? tinyParts;
  const weight_map: Record<string, string> = {};
  for (let shard = 0; shard < shards; shard++) {
    const name = `model-0000${shard + 1}-of-0000${shards}.safetensors`;
    const own = all.filter((_, index) => index % shards === shard);
    for (const part of own) weight_map[part.name] = name;
    put(name, writeSafetensors(own));
  }
  put('model.safetensors.index.json', JSON.stringify({ metadata: { total_size: 1 }, weight_map }));
  return directory;
}

export function renamed(from: RegExp, to: string): SafetensorsPart[] {
  return tinyParts.map((part) => ({ ...part, name: part.name.replace(from, to) }));
}
