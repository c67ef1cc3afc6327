/**
 * One built graph in the cache: a directory with the model, its weights, and a manifest that describes both. A directory
 * counts as an entry only if every file has the size and checksum that the manifest says.
 */

import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32OfFile } from './file-digest-runtime.ts';
import { dataFileName } from './gemma3-graph.ts';

export const modelFileName = 'model.onnx';
const manifestFileName = 'manifest.json';
const entryFiles = [modelFileName, dataFileName] as const;

/** To be raised whenever the same model file would give another graph. */
export const builderVersion = 1;

interface FileFacts {
  readonly bytes: number;
  readonly crc32: number;
}

interface Manifest {
  readonly builderVersion: number;
  readonly sourceSha256: string;
  readonly files: Readonly<Record<string, FileFacts>>;
}

/** Writes the manifest over finished files, and puts all of them on the disk. */
export async function sealEntry(dir: string, sourceSha256: string): Promise<void> {
  const files: Record<string, FileFacts> = {};
  for (const name of entryFiles) {
    const file = join(dir, name);
    files[name] = { bytes: (await stat(file)).size, crc32: await crc32OfFile(file) };
  }
  const manifest: Manifest = { builderVersion, sourceSha256, files };
  await writeDurably(join(dir, manifestFileName), Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
}

/** @returns why the directory is no entry for this model, or undefined when it is a sound one. */
export async function faultOfEntry(dir: string, sourceSha256: string): Promise<string | undefined> {
  const text = await readFile(join(dir, manifestFileName), 'utf8').catch(() => undefined);
  if (text === undefined) return 'it has no manifest';
  const manifest = parseManifest(text);
  if (manifest === undefined) return 'its manifest is damaged';
  if (manifest.builderVersion !== builderVersion) return 'another version built it';
  if (manifest.sourceSha256 !== sourceSha256) return 'it was built from another model';
  for (const name of entryFiles) {
    const facts = manifest.files[name];
    const file = join(dir, name);
    const status = await stat(file).catch(() => undefined);
    if (facts === undefined || status === undefined) return `${name} is missing`;
    if (status.size !== facts.bytes) return `${name} has ${status.size} bytes instead of ${facts.bytes}`;
    if ((await crc32OfFile(file)) !== facts.crc32) return `${name} has a wrong checksum`;
  }
  return undefined;
}

/** Writes a file and waits until it is on the disk. */
export async function writeDurably(file: string, bytes: Uint8Array): Promise<void> {
  await using handle = await open(file, 'w');
  await handle.writeFile(bytes);
  await handle.sync();
}

function parseManifest(text: string): Manifest | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isManifest(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isManifest(value: unknown): value is Manifest {
  return (
    typeof value === 'object' &&
    value !== null &&
    'files' in value &&
    typeof value.files === 'object' &&
    value.files !== null
  );
}
