/** Which of the ways to call pip works on this machine. */

import { type ChildOptions, findProgram, runChild } from './run-child.ts';

const pythons = ['python3', 'python'];
const programs = ['pip3', 'pip'];

/** @returns the words to put before pip's own, or undefined when there is no pip. */
export async function findPip(options: ChildOptions): Promise<readonly string[] | undefined> {
  for (const name of pythons) {
    const python = await findPythonWithPip(name, options);
    if (python !== undefined) return [python, '-m', 'pip'];
  }
  for (const name of programs) {
    const path = await findProgram(name, options.environment);
    if (path === undefined) continue;
    const { exitCode } = await runChild([path, '--version'], options);
    if (exitCode === 0) return [path];
  }
  return undefined;
}

/**
 * On PATH may be a script of a version manager, which runs the real Python as a child of its own: that would outlive us if
 * we are killed. So Python is asked where it is, and called there.
 */
async function findPythonWithPip(name: string, options: ChildOptions): Promise<string | undefined> {
  const path = await findProgram(name, options.environment);
  if (path === undefined) return undefined;
  const { exitCode, output } = await runChild(
    [path, '-c', 'import sys, pip; print(sys.executable)'],
    options,
  );
  if (exitCode !== 0) return undefined;
  const executable = output.trim().split('\n').at(-1);
  return executable?.startsWith('/') ? executable : path;
}
