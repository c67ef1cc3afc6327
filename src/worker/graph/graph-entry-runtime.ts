/**
 * Built graphs in the cache. An entry is a manifest, `graph-<model>-v<builder>.json`, and the directory that it names; the
 * directory's name is used once. So an entry appears whole, by one file getting its name, and whoever has been
 * told of a directory keeps it. A manifest counts only if every file has the size and checksum that it says.
 */

import { randomBytes } from 'node:crypto';
import { link, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { crc32OfFile } from './file-digest-runtime.ts';
import { dataFileName } from './gemma3-graph.ts';

export const modelFileName = 'model.onnx';
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
  /** Beside the manifest. */
  readonly dir: string;
  readonly files: Readonly<Record<string, FileFacts>>;
}

export type FoundEntry =
  | { readonly dir: string }
  /** `damagedDir` is what a damaged entry names, and nobody can use. */
  | { readonly fault: string; readonly damagedDir?: string };

/** Where entries of a model stand: `<path>.json`, and directories `<path>-<random>`. */
function entryPath(cacheDir: string, sourceSha256: string): string {
  return join(cacheDir, `graph-${sourceSha256.slice(0, 32)}-v${builderVersion}`);
}

/** A name for a directory to build in. Without a manifest that names it, it is no entry. */
export function newEntryDir(cacheDir: string, sourceSha256: string): string {
  return `${entryPath(cacheDir, sourceSha256)}-${randomBytes(8).toString('hex')}`;
}

/** Whether a name in the cache is that of a directory that `newEntryDir` gave, for whatever model. */
export function isEntryDirName(name: string): boolean {
  return /^graph-[0-9a-f]{32}-v\d+-[0-9a-f]{16}$/.test(name);
}

/** The directories that entries of any model name, sound or not. */
export async function dirNamesInManifests(cacheDir: string): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (const file of await readdir(cacheDir)) {
    if (!/^graph-[0-9a-f]{32}-v\d+\.json$/.test(file)) continue;
    const manifest = parseManifest(await readFile(join(cacheDir, file), 'utf8').catch(() => ''));
    if (manifest !== undefined) names.add(manifest.dir);
  }
  return names;
}

/** Looks an entry up and checks all of it. */
export async function findEntry(cacheDir: string, sourceSha256: string): Promise<FoundEntry> {
  const text = await readFile(`${entryPath(cacheDir, sourceSha256)}.json`, 'utf8').catch(() => undefined);
  if (text === undefined) return { fault: 'there is none' };
  const manifest = parseManifest(text);
  if (manifest === undefined) return { fault: 'its manifest is damaged' };
  const dir = join(cacheDir, manifest.dir);
  if (manifest.builderVersion !== builderVersion) {
    return { fault: 'another version built it', damagedDir: dir };
  }
  if (manifest.sourceSha256 !== sourceSha256) {
    return { fault: 'it was built from another model', damagedDir: dir };
  }
  for (const name of entryFiles) {
    const fault = await faultOfFile(join(dir, name), manifest.files[name]);
    if (fault !== undefined) return { fault: `${name} ${fault}`, damagedDir: dir };
  }
  return { dir };
}

/**
 * Makes finished and durable files an entry, unless a sound one is there by now.
 * @returns the directory of the entry, of whoever made it.
 */
export async function publishEntry(cacheDir: string, dir: string, sourceSha256: string): Promise<string> {
  const unfinished = await writeManifest(dir, sourceSha256);
  const manifest = `${entryPath(cacheDir, sourceSha256)}.json`;
  for (let attempt = 0; attempt < 3; attempt++) {
    if (await placeFile(unfinished, manifest)) return dir;
    const found = await findEntry(cacheDir, sourceSha256);
    if (!('fault' in found)) return found.dir;
    await rm(manifest, { force: true });
  }
  throw new Error(`others keep damaging ${manifest}`);
}

async function writeManifest(dir: string, sourceSha256: string): Promise<string> {
  const files: Record<string, FileFacts> = {};
  for (const name of entryFiles) {
    const file = join(dir, name);
    files[name] = { bytes: (await stat(file)).size, crc32: await crc32OfFile(file) };
  }
  const manifest: Manifest = { builderVersion, sourceSha256, dir: basename(dir), files };
  const path = join(dir, 'manifest.json');
  await writeDurably(path, Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
  return path;
}

/** Moves a file to a name that nobody has: a link, unlike a rename, leaves what is there alone. */
async function placeFile(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    await rm(from);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    // A file system without hard links: the last to come wins, which is sound too, and leaves a directory over.
    await rename(from, to);
  }
  return true;
}

/** Writes a file and waits until it is on the disk. */
export async function writeDurably(file: string, bytes: Uint8Array): Promise<void> {
  await using handle = await open(file, 'w');
  await handle.writeFile(bytes);
  await handle.sync();
}

export async function removeDir(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true });
}

async function faultOfFile(file: string, facts: FileFacts | undefined): Promise<string | undefined> {
  try {
    const { size } = await stat(file);
    if (size !== facts?.bytes) return `has ${size} bytes instead of ${facts?.bytes}`;
    if ((await crc32OfFile(file)) !== facts.crc32) return 'has a wrong checksum';
    return undefined;
  } catch {
    return 'cannot be read';
  }
}

function parseManifest(text: string): Manifest | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isManifest(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The name is checked because it is about to be a path, which must not leave the cache. */
function isManifest(value: unknown): value is Manifest {
  return (
    typeof value === 'object' &&
    value !== null &&
    'dir' in value &&
    typeof value.dir === 'string' &&
    isEntryDirName(value.dir) &&
    'files' in value &&
    typeof value.files === 'object' &&
    value.files !== null
  );
}
