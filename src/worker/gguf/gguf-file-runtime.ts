/**
 * Opens a GGUF file: reads the header, in at most four reads of bounded size, and gives out bytes of tensors by
 * position. The file is not locked: whoever changes it while it is open gets wrong weights.
 */

import { type Gguf, parseGgufHeader } from './gguf-header.ts';
import { modelFileInvalid } from './model-file-error.ts';
import { openRegularFile, type RegularFile } from './regular-file-runtime.ts';

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
  await using opening = new AsyncDisposableStack();
  const regular = opening.use(await openRegularFile(file));
  const gguf = await readHeader(regular);
  const opened = opening.move();
  return { ...gguf, readBytes: regular.read, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

async function readHeader({ file, bytes: fileBytes, read }: RegularFile): Promise<Gguf> {
  for (let size = firstReadBytes; size <= headerBytesMax; size *= 4) {
    const bytes = Buffer.allocUnsafe(Math.min(size, fileBytes));
    await read(bytes, 0);
    const gguf = parseGgufHeader({ file, bytes, fileBytes });
    if (gguf !== undefined) return gguf;
  }
  throw modelFileInvalid(file, `its header is larger than ${headerBytesMax} bytes`);
}
