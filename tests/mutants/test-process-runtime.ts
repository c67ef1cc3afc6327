/** Runs tests of a copied tree in a process group of their own, which is gone when the run is over, stopped or out of time. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { RanTests, TestRequest } from './ran-tests.ts';

export interface ProcessOptions {
  readonly tree: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** @throws Error where the process ends without an answer, takes too long, or is stopped by the signal. */
export async function runTests(
  request: TestRequest,
  { tree, timeoutMs, signal }: ProcessOptions,
): Promise<RanTests> {
  signal.throwIfAborted();
  const child = fork(join(tree, 'tests/mutants/run-tests.ts'), {
    cwd: tree,
    // A group of its own, so that its workers end with it.
    detached: true,
    env: environment(),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const said = tail(child);
  const ended = once(child, 'exit').then(() => 'ended' as const);
  const answered = once(child, 'message').then(([ran]: unknown[]) => ran as RanTests);
  const timeout = Promise.withResolvers<'timeout'>();
  const timer = setTimeout(() => timeout.resolve('timeout'), timeoutMs);
  const stopped = Promise.withResolvers<'stopped'>();
  const stop = () => stopped.resolve('stopped');
  signal.addEventListener('abort', stop);
  try {
    child.send(request);
    const first = await Promise.race([answered, ended, timeout.promise, stopped.promise]);
    if (typeof first === 'object') return first;
    if (first === 'stopped') signal.throwIfAborted();
    const why = first === 'timeout' ? `no answer within ${timeoutMs} ms` : `it ended: ${said()}`;
    throw new Error(`could not run ${request.files.join(', ')}: ${why}; run them by hand`);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    endGroup(child);
    await ended;
  }
}

/** Without what a vitest around this one tells its workers. */
function environment(): NodeJS.ProcessEnv {
  const names = Object.keys(process.env).filter(
    (name) => !/^(VITEST|TEST$|DEV$|PROD$|MODE$|NODE_ENV$)/.test(name),
  );
  return Object.fromEntries(names.map((name) => [name, process.env[name]]));
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

const SAID_MAX = 2000;

function tail({ stderr }: ChildProcess): () => string {
  let text = '';
  stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text = `${text}${chunk}`.slice(-SAID_MAX);
  });
  return () => text.trim().split('\n').at(0) || 'it said nothing';
}
