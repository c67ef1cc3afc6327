/**
 * Opens a GGUF file: reads the header, in at most four reads of bounded size, and gives out bytes of tensors by
 * position. The file is not locked: whoever changes it while it is open gets wrong weights.
 */

import { type FileHandle, open, stat } from 'node:fs/promises';
import { type Gguf, parseGgufHeader } from './gguf-header.ts';
import { modelFileInvalid } from './model-file-error.ts';

export interface OpenGguf extends Gguf, AsyncDisposable {
  /** Fills `into` from a position of the file, or throws: never a short read. */
  readBytes(into: Uint8Array, position: number): Promise<void>;
}

const firstReadBytes = 1024 * 1024;
/** A Gemma-3 header is 6.5 MB, nearly all of it vocabulary. */
const headerBytesMax = 64 * 1024 * 1024;

/**
 * @throws DrydockError WORKER_MODEL_FILE_INVALID when the file cannot be read or is not sound GGUF.
 */
export async function openGguf(file: string): Promise<OpenGguf> {
  const refuse = (cause: NodeJS.ErrnoException) => {
    throw modelFileInvalid(file, `it cannot be opened (${cause.code})`, cause);
  };
  // Before opening: to open a pipe would wait for whoever writes into it.
  const status = await stat(file).catch(refuse);
  if (!status.isFile()) throw modelFileInvalid(file, 'it is not a regular file');
  const handle = await open(file, 'r').catch(refuse);
  try {
    const gguf = await readHeader(file, handle);
    return {
      ...gguf,
      readBytes: (into, position) => readFully(file, handle, into, position),
      [Symbol.asyncDispose]: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function readHeader(file: string, handle: FileHandle): Promise<Gguf> {
  const { size: fileBytes } = await handle.stat();
  for (let size = firstReadBytes; size <= headerBytesMax; size *= 4) {
    const bytes = Buffer.allocUnsafe(Math.min(size, fileBytes));
    await readFully(file, handle, bytes, 0);
    const gguf = parseGgufHeader({ file, bytes, fileBytes });
    if (gguf !== undefined) return gguf;
  }
  throw modelFileInvalid(file, `its header is larger than ${headerBytesMax} bytes`);
}

async function readFully(
  file: string,
  handle: FileHandle,
  into: Uint8Array,
  position: number,
): Promise<void> {
  let done = 0;
  while (done < into.length) {
    const { bytesRead } = await handle
      .read(into, done, into.length - done, position + done)
      .catch((cause: NodeJS.ErrnoException) => {
        throw modelFileInvalid(file, `it cannot be read (${cause.code})`, cause);
      });
    if (bytesRead === 0) throw modelFileInvalid(file, `it ended early, at byte ${position + done}`);
    done += bytesRead;
  }
}
