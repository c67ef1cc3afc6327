/**
 * Built graphs in the cache. An entry is a manifest, `graph-<model>-v<builder>-<variant>.json`, and the directory that it names; the
 * directory's name is used once. So an entry appears whole, by one file getting its name, and whoever has been told of
 * a directory keeps it. A manifest counts only if every file has the size and checksum that it says.
 */

import { randomBytes } from 'node:crypto';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  builderVersion,
  dirNamedIn,
  type EntryKey,
  type EntryManifest,
  entryName,
  isManifestName,
  parseManifest,
} from './entry-manifest.ts';
import { crc32OfFile } from './file-digest-runtime.ts';
import {
  areSameFacts,
  type FilesFacts,
  filesFactsSchema,
  readFileFacts,
  readFilesFacts,
  readSettledFacts,
} from './file-facts-runtime.ts';
import type { WeightNote } from './weight-notes.ts';
import { placeFile, writeDurably, writeWhole } from './write-file-runtime.ts';

export const modelFileName = 'model.onnx';
export const dataFileName = 'weights.bin';
const entryFiles = [modelFileName, dataFileName] as const;
/** In an entry's directory: what its files looked like when their checksums were right. */
const stampName = 'checked.json';

export interface Entry {
  readonly dir: string;
  readonly weights: readonly WeightNote[];
}

export type FoundEntry =
  | Entry
  /** `damagedDir` is what a damaged entry names, and nobody can use. */
  | { readonly fault: string; readonly damagedDir?: string };

/** A name for a directory to build in. Without a manifest that names it, it is no entry. */
export function newEntryDir(cacheDir: string, key: EntryKey): string {
  return join(cacheDir, `${entryName(key)}-${randomBytes(8).toString('hex')}`);
}

/** The directories that entries of any model name, sound or not. */
export async function dirNamesInManifests(cacheDir: string): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (const file of await readdir(cacheDir)) {
    if (!isManifestName(file)) continue;
    const dir = dirNamedIn(await readFile(join(cacheDir, file), 'utf8').catch(() => ''));
    if (dir !== undefined) names.add(dir);
  }
  return names;
}

/** Looks an entry up and checks it: all of it, unless it looks as it did when all of it was checked. */
export async function findEntry(cacheDir: string, key: EntryKey): Promise<FoundEntry> {
  const text = await readFile(manifestPath(cacheDir, key), 'utf8').catch(() => undefined);
  if (text === undefined) return { fault: 'there is none' };
  const manifest = parseManifest(text);
  if (manifest === undefined) return { fault: 'its manifest is damaged' };
  const dir = join(cacheDir, manifest.dir);
  if (manifest.builderVersion !== builderVersion) {
    return { fault: 'another version built it', damagedDir: dir };
  }
  if (manifest.sourceSha256 !== key.sourceSha256) {
    return { fault: 'it was built from another model', damagedDir: dir };
  }
  if (manifest.variant !== key.variant) {
    return { fault: 'it was built with other options', damagedDir: dir };
  }
  const fault = await faultOfFiles(dir, manifest);
  return fault === undefined ? { dir, weights: manifest.weights } : { fault, damagedDir: dir };
}

/**
 * Makes finished and durable files an entry, unless a sound one is there by now.
 * @returns the entry, of whoever made it.
 */
export async function publishEntry(cacheDir: string, key: EntryKey, { dir, weights }: Entry): Promise<Entry> {
  const unfinished = await writeManifest(dir, { ...key, weights });
  const manifest = manifestPath(cacheDir, key);
  for (let attempt = 0; attempt < 3; attempt++) {
    if (await placeFile(unfinished, manifest)) return { dir, weights };
    const found = await findEntry(cacheDir, key);
    if (!('fault' in found)) return found;
    await rm(manifest, { force: true });
  }
  throw new Error(`others keep damaging ${manifest}`);
}

export async function removeDir(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true });
}

const pathsIn = (dir: string) => entryFiles.map((name) => join(dir, name));
const manifestPath = (cacheDir: string, key: EntryKey) => join(cacheDir, `${entryName(key)}.json`);

async function writeManifest(
  dir: string,
  of: EntryKey & { readonly weights: readonly WeightNote[] },
): Promise<string> {
  const facts = await readSettledFacts(pathsIn(dir));
  const files: EntryManifest['files'] = {};
  for (const name of entryFiles) {
    const file = join(dir, name);
    files[name] = { bytes: (await stat(file)).size, crc32: await crc32OfFile(file) };
  }
  await noteChecked(dir, facts);
  const { sourceSha256, variant } = of;
  const manifest: EntryManifest = {
    ...{ builderVersion, sourceSha256, variant, dir: basename(dir), files },
    weights: [...of.weights],
  };
  const path = join(dir, 'manifest.json');
  await writeDurably(path, Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
  return path;
}

async function faultOfFiles(dir: string, { files }: EntryManifest): Promise<string | undefined> {
  for (const name of entryFiles) {
    const found = await readFileFacts(join(dir, name));
    if (found === undefined) return `${name} cannot be read`;
    const wanted = files[name]?.bytes;
    if (found.bytes !== wanted) return `${name} has ${found.bytes} bytes instead of ${wanted}`;
  }
  if (await isChecked(dir)) return undefined;
  const facts = await readSettledFacts(pathsIn(dir));
  for (const name of entryFiles) {
    const crc32 = await crc32OfFile(join(dir, name)).catch(() => undefined);
    if (crc32 === undefined) return `${name} cannot be read`;
    if (crc32 !== files[name]?.crc32) return `${name} has a wrong checksum`;
  }
  await noteChecked(dir, facts);
  return undefined;
}

async function isChecked(dir: string): Promise<boolean> {
  const text = await readFile(join(dir, stampName), 'utf8').catch(() => undefined);
  const stamp = text === undefined ? undefined : parseFacts(text);
  const facts = await readFilesFacts(pathsIn(dir));
  return stamp !== undefined && facts !== undefined && areSameFacts(stamp, facts);
}

/** @param facts from before the checksums were taken: what changes meanwhile looks otherwise. */
async function noteChecked(dir: string, facts: FilesFacts | undefined): Promise<void> {
  if (facts === undefined) return;
  // A cache that cannot be written serves all the same, and is read every time.
  await writeWhole(join(dir, stampName), `${JSON.stringify(facts)}\n`).catch(() => undefined);
}

function parseFacts(text: string): FilesFacts | undefined {
  try {
    return filesFactsSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
