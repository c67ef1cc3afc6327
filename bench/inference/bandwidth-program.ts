/**
 * How fast this machine reads memory, as a program: `node bandwidth-program.ts THREADS` prints gigabytes (10⁹ bytes) a second. The C library
 * searches for a byte that is not there, with the widest loads that the CPU has, each thread in a buffer of its own, far larger than any cache.
 */

import koffi from 'koffi';

const bufferBytes = 512 * 1024 * 1024;
const passes = 4;
const [threads = 1] = process.argv.slice(2).map(Number);

const libc = koffi.load(null);
const memchr = libc.func('void *memchr(const void *bytes, int byte, size_t count)');
/** On a thread of the pool, which has four. */
const readWhole = (bytes: Buffer) =>
  new Promise<void>((resolve, reject) => {
    memchr.async(bytes, 0, bytes.length, (error: unknown) => (error ? reject(error) : resolve()));
  });

// Written, so that each page is memory of its own.
const buffers = Array.from({ length: threads }, () => Buffer.alloc(bufferBytes / threads, 0xaa));
const speeds: number[] = [];
for (let pass = 0; pass < passes; pass++) {
  const start = performance.now();
  await Promise.all(buffers.map(readWhole));
  speeds.push(bufferBytes / 1e6 / (performance.now() - start));
}
console.log(Math.max(...speeds));
