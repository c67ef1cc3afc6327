/** Which of the ways to call pip works on this machine. */

import { type ChildOptions, findProgram, runChild } from './run-child.ts';

const callings = [
  ['python3', '-m', 'pip'],
  ['pip3'],
  ['pip'],
  ['python', '-m', 'pip'],
] as const satisfies readonly (readonly [string, ...string[]])[];

/** @returns the words to put before pip's own, or undefined when there is no pip. */
export async function findPip(options: ChildOptions): Promise<readonly string[] | undefined> {
  for (const [program, ...words] of callings) {
    const path = await findProgram(program, options.environment);
    if (path === undefined) continue;
    const { exitCode } = await runChild([path, ...words, '--version'], options);
    if (exitCode === 0) return [path, ...words];
  }
  return undefined;
}
