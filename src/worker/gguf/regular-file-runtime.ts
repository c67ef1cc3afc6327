/** Opens a file of a model and reads from it, with errors that name the file and say what is wrong with it. */

import { type FileHandle, open, stat } from 'node:fs/promises';
import { modelFileInvalid } from './model-file-error.ts';

export interface RegularFile extends AsyncDisposable {
  readonly file: string;
  readonly bytes: number;
  /** Fills `into` from a position of the file, or throws: never a short read. */
  read(into: Uint8Array, position: number): Promise<void>;
}

/** @throws DrydockError WORKER_MODEL_FILE_INVALID */
export async function openRegularFile(file: string): Promise<RegularFile> {
  const refuse = (cause: NodeJS.ErrnoException) => {
    throw modelFileInvalid(file, `it cannot be opened (${cause.code})`, cause);
  };
  // Before opening: to open a pipe would wait for whoever writes into it.
  const status = await stat(file).catch(refuse);
  if (!status.isFile()) throw modelFileInvalid(file, 'it is not a regular file');
  const handle = await open(file, 'r').catch(refuse);
  return {
    file,
    bytes: status.size,
    read: (into, position) => readFully(file, handle, into, position),
    [Symbol.asyncDispose]: () => handle.close(),
  };
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
