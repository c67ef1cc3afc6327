/** Finds out what a file is that somebody named: its hash, and the style in which it wants to be asked. Nothing is fetched. */

import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { broughtFileStamp } from '../cache-layout.ts';
import { sourceFailed } from '../model-errors.ts';
import type { Fetching } from './fetching.ts';
import { hashFile } from './hash-file.ts';
import { readFileFacts, readFittingStamp, type Stamp, writeStamp } from './stamp.ts';

export interface BroughtFile {
  /** Absolute, behind all links. */
  readonly path: string;
  readonly sha256: string;
  readonly chatStyle: NonNullable<Stamp['chatStyle']>;
}

export interface ReadBroughtFileOptions extends Pick<Fetching, 'onProgress' | 'signal'> {
  readonly cacheDir: string;
}

/** @throws DrydockError WORKER_MODEL_FILE_INVALID or WORKER_MODEL_UNSUPPORTED in the words of the file's reader. */
export async function readBroughtFile(file: string, options: ReadBroughtFileOptions): Promise<BroughtFile> {
  const path = await realpath(file).catch((cause) => {
    throw sourceFailed(file, 'it cannot be found', cause);
  });
  const stampPath = broughtFileStamp(options.cacheDir, createHash('sha256').update(path).digest('hex'));
  const facts = await readFileFacts(path);
  const stamp = facts === undefined ? undefined : await readFittingStamp(stampPath, facts);
  if (stamp?.chatStyle !== undefined) return { path, sha256: stamp.sha256, chatStyle: stamp.chatStyle };
  // The header first: what is no model need not be hashed.
  const chatStyle = await readChatStyle(path);
  const sha256 = await hashFile(path, options);
  if (facts !== undefined) await writeStamp(stampPath, { ...facts, sha256, chatStyle });
  return { path, sha256, chatStyle };
}

async function readChatStyle(path: string): Promise<BroughtFile['chatStyle']> {
  const [{ openGguf }, { readVocabulary }, { detectChatStyle }] = await Promise.all([
    import('../../gguf/gguf-file-runtime.ts'),
    import('../../gguf/gguf-vocabulary.ts'),
    import('../../text/chat-format.ts'),
  ]);
  await using gguf = await openGguf(path);
  return detectChatStyle(readVocabulary(gguf));
}
