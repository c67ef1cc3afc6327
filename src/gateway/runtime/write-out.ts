/** Writes text to a file that is open, as a whole and at once, and gives up where that does not go. It waits a moment for a pipe that is full. */

import { writeSync } from 'node:fs';

const triesMax = 50;
const pauseMs = 2;

/** @returns whether all of it is written. Never throws. */
export function writeOut(file: number, text: string): boolean {
  let rest = Buffer.from(text);
  let tries = 0;
  while (rest.byteLength > 0) {
    try {
      rest = rest.subarray(writeSync(file, rest));
    } catch (error) {
      const isFull = error instanceof Error && 'code' in error && error.code === 'EAGAIN';
      tries += 1;
      if (!isFull || tries > triesMax) return false;
      pause();
    }
  }
  return true;
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
}
