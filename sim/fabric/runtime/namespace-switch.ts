/**
 * Runs code inside another network namespace of this process's main thread. A socket or child made there stays
 * there; the thread returns before anything else runs. Nothing that waits may happen inside.
 */
import { closeSync, existsSync, openSync } from 'node:fs';
import { lastError, libc } from './libc.ts';

const cloneNewNet = 0x4000_0000;
/** A fabric may have thousands of namespaces, and a process only so many descriptors. */
const descriptorsMax = 256;

export interface NamespaceSwitch extends Disposable {
  /** Runs `action` synchronously inside: for children and files. */
  runSync<T>(namespace: string, action: () => T): T;
  exists(namespace: string): boolean;
  /** Lets go of a namespace that is deleted: held open it would live on, and hide one that takes its name. */
  forget(namespace: string): void;
  /** For sockets, which Node creates one tick after `connect`: `action` runs inside, and so does the tick after it. */
  connect<T>(namespace: string, action: () => T): Promise<T>;
}

export function openNamespaceSwitch(folder = '/run/netns'): NamespaceSwitch {
  const { setns } = libc();
  const own = openSync('/proc/self/ns/net', 'r');
  const open = new Map<string, number>();
  let queue: Promise<unknown> = Promise.resolve();

  let current = own;
  const enter = (fd: number) => {
    if (setns(fd, cloneNewNet) !== 0) throw new Error(`setns failed with errno ${lastError()}`);
    current = fd;
  };
  const descriptor = (name: string) => {
    const opened = open.get(name);
    if (opened !== undefined) return opened;
    // One that the thread is to go back to stays open.
    if (open.size >= descriptorsMax && current === own) {
      for (const known of open.values()) closeSync(known);
      open.clear();
    }
    const fd = openSync(`${folder}/${name}`, 'r');
    open.set(name, fd);
    return fd;
  };
  const runSync = <T>(namespace: string, action: () => T): T => {
    // A microtask may run while a `connect` is still inside another namespace: go back to that one, then.
    const before = current;
    enter(descriptor(namespace));
    try {
      return action();
    } finally {
      enter(before);
    }
  };
  const connectNow = <T>(namespace: string, action: () => T) =>
    new Promise<T>((resolve, reject) => {
      enter(descriptor(namespace));
      // Leaving is queued after the tick in which `connect` makes its socket, whatever `action` does.
      try {
        const result = action();
        process.nextTick(() => {
          enter(own);
          resolve(result);
        });
      } catch (error) {
        enter(own);
        reject(error);
      }
    });
  return {
    runSync,
    exists: (namespace) => existsSync(`${folder}/${namespace}`),
    forget(namespace) {
      const fd = open.get(namespace);
      if (fd === undefined) return;
      if (fd === current) throw new TypeError(`the thread is in ${namespace}`);
      open.delete(namespace);
      closeSync(fd);
    },
    connect(namespace, action) {
      const result = queue.then(() => connectNow(namespace, action));
      queue = result.catch(() => undefined);
      return result;
    },
    [Symbol.dispose]() {
      for (const fd of open.values()) closeSync(fd);
      closeSync(own);
    },
  };
}
