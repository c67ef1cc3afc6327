/** Every model of the manifest, and whether the cache has it. Sizes are looked at; nothing is hashed. */

import { type ModelPaths, modelPaths } from '../cache-layout.ts';
import type { Licence, Manifest } from '../manifest.ts';
import { looksCached } from './find-cached.ts';

export interface ListedModel {
  readonly name: string;
  readonly bytes: number;
  readonly licence: Licence;
  readonly random: boolean;
  /** Among those that serve where none is named. */
  readonly default: boolean;
  readonly cached: boolean;
  readonly file: ModelPaths['file'];
}

export function listModels(manifest: Manifest, cacheDir: string): Promise<ListedModel[]> {
  return Promise.all(
    manifest.models.map(async (model) => {
      const { name, bytes, licence, random } = model;
      const paths = modelPaths(cacheDir, model);
      const cached = await looksCached(model, paths);
      const isDefault = manifest.default.includes(name);
      return { name, bytes, licence, random, default: isDefault, cached, file: paths.file };
    }),
  );
}
