/** What the cache of graphs calls things, and the manifest of an entry. Pure. */

import { z } from 'zod';

/** To be raised whenever the same model files and options would give another graph. */
export const builderVersion = 3;

/** Which graph an entry holds. */
export interface EntryKey {
  readonly sourceSha256: string;
  /** See `graphVariant`. */
  readonly variant: string;
}

const manifestSchema = z.object({
  builderVersion: z.number(),
  sourceSha256: z.string(),
  variant: z.string(),
  /** Beside the manifest. Checked because it is about to be a path, which must not leave the cache. */
  dir: z.string().refine(isEntryDirName),
  files: z.record(z.string(), z.object({ bytes: z.number(), crc32: z.number() })),
  weights: z.array(z.object({ kind: z.string(), type: z.string(), tensors: z.number(), form: z.string() })),
});
export type EntryManifest = z.infer<typeof manifestSchema>;

/** @returns undefined for what no builder of this version wrote whole. */
export function parseManifest(text: string): EntryManifest | undefined {
  try {
    return manifestSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Entries stand at `<name>.json`, and their directories at `<name>-<random>`. */
export function entryName({ sourceSha256, variant }: EntryKey): string {
  return `graph-${sourceSha256.slice(0, 32)}-v${builderVersion}-${variant}`;
}

/** Whether a name in the cache is that of an entry's directory, of whatever model and version. */
export function isEntryDirName(name: string): boolean {
  return /^graph-[0-9a-f]{32}-v\d+(-[0-9a-z]+)?-[0-9a-f]{16}$/.test(name);
}

/** Whether a name in the cache is that of an entry's manifest, of whatever model and version. */
export function isManifestName(name: string): boolean {
  return /^graph-[0-9a-f]{32}-v\d+(-[0-9a-z]+)?\.json$/.test(name);
}

/** The directory that a manifest of whatever version names. */
export function dirNamedIn(text: string): string | undefined {
  try {
    const { data } = z.object({ dir: z.string().refine(isEntryDirName) }).safeParse(JSON.parse(text));
    return data?.dir;
  } catch {
    return undefined;
  }
}
