/** A run's socket, by a path that Linux takes however deep the folder is: a socket's name holds 107 bytes, a folder's does not end there. */
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';

export const socketName = 'control.sock';

export interface SocketPath extends Disposable {
  readonly path: string;
}

const bytesMax = 107;

/** Of `name` in the folder, in this process alone. Valid until disposed. */
export function openSocketPath(folder: string, name = socketName): SocketPath {
  const path = join(folder, name);
  if (Buffer.byteLength(path) <= bytesMax) return { path, [Symbol.dispose]: () => undefined };
  const descriptor = openSync(folder, 'r');
  return {
    path: `/proc/self/fd/${descriptor}/${name}`,
    [Symbol.dispose]: () => closeSync(descriptor),
  };
}
