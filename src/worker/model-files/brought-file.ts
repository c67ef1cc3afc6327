/** What a file that somebody brought is called. Pure. */

import { basename } from 'node:path';
import { broughtFilePrefix, type Manifest, type ModelEntry } from './manifest.ts';

/** The manifest's entry for these very bytes, wherever they lie. */
export function findKnown(manifest: Manifest, sha256: string): ModelEntry | undefined {
  return manifest.models.find((model) => model.sha256 === sha256);
}

/** Its folder in the cache: the same bytes have the same one. */
export function broughtDirectoryName(sha256: string): string {
  return `${broughtFilePrefix}${sha256.slice(0, 16)}`;
}

/** The name that requests use. A file must not pass for a model of the manifest that it is not. */
export function broughtModelName(path: string, options: { manifest: Manifest; sha256: string }): string {
  const stem = basename(path)
    .replace(/\.gguf$/i, '')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 100);
  const name = stem === '' ? 'model' : stem;
  const isTaken = options.manifest.models.some((model) => model.name.toLowerCase() === name.toLowerCase());
  return isTaken ? `${name}-${options.sha256.slice(0, 8)}` : name;
}
