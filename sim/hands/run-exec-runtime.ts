/**
 * `drydock exec`: runs a command where a node's program runs, on the caller's own terminal, input and output. It ends with the caller, with the
 * program, and with the simulation, whichever is first; what it started and left behind ends with it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { callControl, type Run } from '../control/index.ts';
import { DrydockError } from '../errors.ts';
import { environmentPath, findTools } from '../fabric/index.ts';
import { type Caller, otherVersion, runOf } from './call-simulation-runtime.ts';
import { type ExecPlace, execWords } from './exec-words.ts';
import { execPlaceSchema } from './fault-request.ts';

export interface ExecRequest {
  readonly node: string;
  readonly command: readonly string[];
  /** Of the caller's terminal. */
  readonly terminal?: string;
}

const budgetMs = 10_000;
const systemFolders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** @returns the command's own exit code; 128 and its number where a signal ended it. @throws SIM_ENDPOINT_UNKNOWN, SIM_NODE_FAILED, SIM_CONTROL_FAILED */
export async function runExec(
  { node, command, terminal }: ExecRequest,
  caller: Pick<Caller, 'workingDirectory' | 'run'>,
): Promise<number> {
  const run = runOf(caller);
  await using place = await borrowPlace(run, node);
  const tools = findTools(environmentPath());
  const [program, ...words] = execWords(place, {
    ...{ command, tools, isInUserNamespace: userNamespace('self') !== userNamespace(place.pid) },
    path: [...new Set([...environmentPath().split(':'), ...systemFolders])].join(':'),
    ...(terminal !== undefined && { terminal }),
  });
  // A terminal sends Ctrl-C to all of us: what it means is the command's to decide.
  const ignored = () => undefined;
  process.on('SIGINT', ignored).on('SIGQUIT', ignored);
  try {
    const child = spawn(program, words, { cwd: '/', env: {}, stdio: 'inherit' });
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  } finally {
    process.off('SIGINT', ignored).off('SIGQUIT', ignored);
  }
}

/** The simulation is told by our hanging up, however we end. */
async function borrowPlace(run: Run, node: string): Promise<ExecPlace & AsyncDisposable> {
  const over = new AbortController();
  const told = Promise.withResolvers<unknown>();
  const call = callControl(run, {
    ...{ method: 'exec', params: { node }, signal: over.signal },
    onEvent: told.resolve,
  });
  call.catch((error: unknown) => told.reject(error));
  const timer = setTimeout(() => told.reject(late(run)), budgetMs);
  try {
    const parsed = execPlaceSchema.safeParse(await told.promise);
    if (!parsed.success) throw otherVersion(run);
    return {
      ...parsed.data,
      async [Symbol.asyncDispose]() {
        over.abort(new Error('the command is over'));
        await call.catch(() => undefined);
      },
    };
  } catch (error) {
    over.abort(error);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function late({ name }: Run): DrydockError {
  return new DrydockError(
    'SIM_CONTROL_FAILED',
    `could not talk to the simulation ${name}: no answer to exec within ${budgetMs} ms; see whether its drydock up still runs`,
  );
}

function userNamespace(process: 'self' | number): string {
  return readlinkSync(`/proc/${process}/ns/user`);
}
