/**
 * One set-up at a time per clone. The kernel holds the lock for as long as some process has the file open, so a dead
 * holder never blocks and nothing has to be judged stale.
 */

import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { SetupFailure } from './failure.mjs';
import { runChild } from './run-child-runtime.mjs';

const waitSecondsMax = 900;

/** @returns the open file that holds the lock; closing it lets go. */
export async function takeLock({ lockFile }) {
  let file;
  try {
    file = openSync(lockFile, 'a');
  } catch (error) {
    throw new SetupFailure(`could not open ${lockFile}: ${error.message}; use a clone that you can write to`);
  }
  // flock(2) locks the open file description, which we share with the child: its lock is ours after it ended.
  const result = await runChild('flock', ['--timeout', String(waitSecondsMax), '3'], {
    label: `waiting for another set-up (process ${readFileSync(lockFile, 'utf8').trim() || 'unknown'})`,
    inheritedFile: file,
    isSilentUnlessSlow: true,
  });
  if (result.exitCode !== 0) {
    closeSync(file);
    const reason = result.isMissing
      ? 'there is no flock; install util-linux'
      : `another set-up runs since ${waitSecondsMax} s`;
    throw new SetupFailure(`could not lock ${lockFile}: ${reason}`);
  }
  writeFileSync(lockFile, `${process.pid}\n`);
  return file;
}
