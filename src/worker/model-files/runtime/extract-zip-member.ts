/** Reads one member of a zip file in pieces, and ends well only if its size and CRC-32 are what the directory says. */

import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw } from 'node:zlib';
import {
  dataOffset,
  findZipDirectory,
  findZipMember,
  localHeaderBytes,
  ZipFault,
  type ZipMember,
  zipTailBytesMax,
} from '../zip-directory.ts';

export interface ExtractOptions {
  readonly member: string;
  readonly onChunk: (chunk: Uint8Array) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Wheels of data have a handful of members. */
const directoryBytesMax = 4 * 1024 * 1024;

/** @throws ZipFault for what is wrong with the zip file; what `onChunk` throws; the signal's reason. */
export async function extractZipMember(file: string, options: ExtractOptions): Promise<void> {
  const { member, start } = await locate(file, options.member);
  let bytes = 0;
  let sum = 0;
  const source = createReadStream(file, { start, end: start + member.compressedBytes - 1 });
  const unpack = member.isDeflated ? createInflateRaw() : new PassThrough();
  const check = async (chunks: AsyncIterable<Uint8Array>) => {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      // A few bytes can unfold into terabytes.
      if (bytes > member.bytes) throw new ZipFault(`${options.member} is larger than it says`);
      sum = crc32(chunk, sum);
      await options.onChunk(chunk);
    }
  };
  await pipeline(source, unpack, check, { signal: options.signal }).catch((error: unknown) => {
    const isUnpackable = error instanceof Error && 'code' in error && `${error.code}`.startsWith('Z_');
    throw isUnpackable ? new ZipFault(`${options.member} cannot be unpacked`) : error;
  });
  if (bytes !== member.bytes || sum !== member.crc32) throw new ZipFault(`${options.member} is damaged`);
}

async function locate(file: string, path: string): Promise<{ member: ZipMember; start: number }> {
  await using handle = await open(file, 'r');
  const { size } = await handle.stat();
  const tailBytes = Math.min(size, zipTailBytesMax);
  const directory = findZipDirectory(await read(handle, size - tailBytes, tailBytes), size);
  if (directory.bytes > directoryBytesMax) throw new ZipFault('its directory is too large');
  const member = findZipMember(await read(handle, directory.position, directory.bytes), path);
  if (member.compressedBytes === 0) throw new ZipFault(`${path} is empty`);
  const header = await read(handle, member.headerPosition, localHeaderBytes);
  return { member, start: member.headerPosition + dataOffset(header) };
}

async function read(handle: FileHandle, position: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  let done = 0;
  while (done < bytes) {
    const { bytesRead } = await handle.read(buffer, done, bytes - done, position + done);
    if (bytesRead === 0) throw new ZipFault('it ends early');
    done += bytesRead;
  }
  return buffer;
}
