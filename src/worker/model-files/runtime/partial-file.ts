/**
 * A download that may be cut and go on later. Bytes are appended and hashed on the way; beside them is kept the tag by which
 * the server can tell whether its file is still the same. What is kept is never trusted: the hash of the whole decides.
 */

import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { writeWhole } from '../../graph/write-file-runtime.ts';

const tagSchema = z.object({ url: z.string(), etag: z.string() });
export type RangeTag = z.infer<typeof tagSchema>;

const pieceBytes = 4 * 1024 * 1024;

export class PartialFile implements AsyncDisposable {
  readonly #path: string;
  readonly #handle: FileHandle;
  #hash: Hash = createHash('sha256');
  #bytes = 0;

  private constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  /** Takes up what an earlier try has left. */
  static async open(path: string, signal: AbortSignal): Promise<PartialFile> {
    await mkdir(dirname(path), { recursive: true });
    const partial = new PartialFile(path, await open(path, 'a+'));
    try {
      await partial.#takeUp(signal);
      return partial;
    } catch (error) {
      await partial.#handle.close();
      throw error;
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  async append(chunk: Uint8Array): Promise<void> {
    // Opened for appending: each write goes to the end, whole.
    await this.#handle.appendFile(chunk);
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
  }

  /** Begins anew. */
  async empty(): Promise<void> {
    await this.#handle.truncate(0);
    await rm(tagPath(this.#path), { force: true });
    this.#hash = createHash('sha256');
    this.#bytes = 0;
  }

  async readTag(): Promise<RangeTag | undefined> {
    const text = await readFile(tagPath(this.#path), 'utf8').catch(() => undefined);
    try {
      return text === undefined ? undefined : tagSchema.safeParse(JSON.parse(text)).data;
    } catch {
      return undefined;
    }
  }

  async writeTag(tag: RangeTag | undefined): Promise<void> {
    if (tag === undefined) await rm(tagPath(this.#path), { force: true });
    else await writeWhole(tagPath(this.#path), JSON.stringify(tag));
  }

  /** SHA-256 of all bytes so far. */
  digest(): string {
    return this.#hash.copy().digest('hex');
  }

  /** Waits until the bytes are on the disk: a rename may outlive a power cut that they do not. */
  async sync(): Promise<void> {
    await this.#handle.datasync();
    await rm(tagPath(this.#path), { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
    if (this.#bytes === 0) await removePartialFile(this.#path);
  }

  async #takeUp(signal: AbortSignal): Promise<void> {
    const { size } = await this.#handle.stat();
    const piece = new Uint8Array(Math.min(pieceBytes, size));
    while (this.#bytes < size) {
      signal.throwIfAborted();
      const { bytesRead } = await this.#handle.read(piece, 0, piece.length, this.#bytes);
      if (bytesRead === 0) return;
      this.#hash.update(piece.subarray(0, bytesRead));
      this.#bytes += bytesRead;
    }
  }
}

export async function removePartialFile(path: string): Promise<void> {
  await rm(path, { force: true });
  await rm(tagPath(path), { force: true });
}

const tagPath = (path: string) => `${path}.tag`;
