/** Finds out what a file or a directory is that somebody named: its digest, and the style in which it wants to be asked. Nothing is fetched. */

import { readFile, realpath, stat } from 'node:fs/promises';
import { z } from 'zod';
import { digestOfModel, knownDigest } from '../../graph/source-digest-runtime.ts';
import { writeWhole } from '../../graph/write-file-runtime.ts';
import { broughtModelNote, graphCacheDirectory } from '../cache-layout.ts';
import { sourceFailed } from '../model-errors.ts';
import type { Fetching } from './fetching.ts';

export interface BroughtModel {
  /** Absolute, behind all links. */
  readonly path: string;
  readonly isDirectory: boolean;
  /** See `digestOfModel`. */
  readonly sha256: string;
  readonly chatStyle: 'gemma' | 'turns';
}

export interface ReadBroughtModelOptions extends Pick<Fetching, 'onProgress' | 'signal'> {
  readonly cacheDir: string;
}

const noteSchema = z.object({ sha256: z.string(), chatStyle: z.enum(['gemma', 'turns']) });

/** @throws DrydockError WORKER_MODEL_FILE_INVALID or WORKER_MODEL_UNSUPPORTED in the words of the model's reader. */
export async function readBroughtModel(
  word: string,
  { cacheDir, onProgress, signal }: ReadBroughtModelOptions,
): Promise<BroughtModel> {
  const path = await realpath(word).catch((cause) => {
    throw sourceFailed(word, 'it cannot be found', cause);
  });
  const isDirectory = (await stat(path)).isDirectory();
  const digests = {
    cacheDir: graphCacheDirectory(cacheDir),
    signal,
    onProgress: (done: number, total: number) => onProgress({ step: 'verify', done, total }),
  };
  const known = await knownDigest(path, digests);
  const noted = known === undefined ? undefined : await readNote(cacheDir, known);
  if (known !== undefined && noted !== undefined) {
    return { path, isDirectory, sha256: known, chatStyle: noted };
  }
  // The header first: what is no model need not be hashed.
  const chatStyle = await readChatStyle(path);
  const sha256 = known ?? (await digestOfModel(path, digests));
  await writeWhole(broughtModelNote(cacheDir, sha256), `${JSON.stringify({ sha256, chatStyle })}\n`);
  return { path, isDirectory, sha256, chatStyle };
}

async function readNote(cacheDir: string, sha256: string): Promise<BroughtModel['chatStyle'] | undefined> {
  const text = await readFile(broughtModelNote(cacheDir, sha256), 'utf8').catch(() => '');
  try {
    const { data } = noteSchema.safeParse(JSON.parse(text));
    return data?.sha256 === sha256 ? data.chatStyle : undefined;
  } catch {
    return undefined;
  }
}

async function readChatStyle(path: string): Promise<BroughtModel['chatStyle']> {
  const [{ openModelSource }, { detectChatStyle }] = await Promise.all([
    import('../../model-source.ts'),
    import('../../text/chat-format.ts'),
  ]);
  await using source = await openModelSource(path);
  return detectChatStyle(await source.readVocabulary());
}
