/**
 * Runs a program of somebody else to its end. It dies with us, however we die, where the system has setpriv; on an abort
 * it is killed with all that it started, and its end is awaited before the call rejects.
 */

import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

export interface ChildOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  readonly signal: AbortSignal;
}

export interface ChildResult {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  /** Its last words, standard output and error together. */
  readonly output: string;
}

const outputCharactersMax = 16_384;
const pipesMsMax = 500;

/** @throws the signal's reason on abort; an error with code ENOENT when there is no such program. */
export async function runChild(command: readonly string[], options: ChildOptions): Promise<ChildResult> {
  options.signal.throwIfAborted();
  const [program = '', ...args] = [...(await dyingWithParent(options)), ...command];
  const { promise, resolve, reject } = Promise.withResolvers<ChildResult>();
  const child = spawn(program, args, {
    cwd: options.workingDirectory,
    env: options.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that whatever it starts can be ended with it.
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-outputCharactersMax);
    });
  }
  const kill = () => killGroup(child.pid);
  options.signal.addEventListener('abort', kill, { once: true });
  child.once('error', reject);
  child.once('close', (exitCode) => resolve({ exitCode, output }));
  // Something that it started may hold the pipes open.
  child.once('exit', (exitCode) => setTimeout(() => resolve({ exitCode, output }), pipesMsMax).unref());
  try {
    const result = await promise;
    options.signal.throwIfAborted();
    return result;
  } finally {
    options.signal.removeEventListener('abort', kill);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

/** @returns the path of a program, or undefined when no folder of PATH has it. */
export async function findProgram(
  name: string,
  environment: ChildOptions['environment'],
): Promise<string | undefined> {
  for (const folder of (environment.PATH ?? '').split(delimiter)) {
    const path = join(folder, name);
    const isThere = await access(path, constants.X_OK).then(
      () => folder !== '',
      () => false,
    );
    if (isThere) return path;
  }
  return undefined;
}

async function dyingWithParent({ environment }: ChildOptions): Promise<readonly string[]> {
  if (process.platform !== 'linux') return [];
  const setpriv = await findProgram('setpriv', { PATH: `${environment.PATH ?? ''}:/usr/bin:/bin` });
  return setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'KILL', '--'];
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
