/** Writes what a sub-command was asked to write to a file. */

import { writeFileSync } from 'node:fs';
import { DrydockError } from '../errors.ts';

/** @throws DrydockError SIM_INPUT_INVALID */
export function writeOutput(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new DrydockError(
      'SIM_INPUT_INVALID',
      `could not write ${file}: ${code}; give a file in a folder that exists`,
      { details: { file, code } },
    );
  }
}
