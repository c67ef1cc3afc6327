/** The outside of the supervisor: starts it under `unshare`, calls it, and makes sure that it is gone in the end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { DrydockError, type SimErrorCode } from '../../errors.ts';
import { environmentPath } from '../config.ts';
import type { FromSupervisor, Method, Methods, RelayMessage, SupervisorEvent } from '../protocol.ts';
import { findTools, type Tools } from './tools.ts';

export interface SupervisorClient extends AsyncDisposable {
  /** Of the `unshare` that it stands behind, as this process counts. */
  readonly unsharePid: number;
  call<M extends Method>(method: M, params: Methods[M]['request']): Promise<Methods[M]['response']>;
  sendSocket(message: RelayMessage, socket: Socket): void;
}

export interface SupervisorOptions {
  readonly onEvent: (event: SupervisorEvent) => void;
  readonly onLost: (error: Error) => void;
}

const startBudgetMs = 10_000;
/** The longest call is a sweep over all ports of a machine. */
const callBudgetMs = 120_000;
const stopBudgetMs = 5_000;

export async function openSupervisor(options: SupervisorOptions): Promise<SupervisorClient> {
  const child = spawnSupervisor(findTools(environmentPath()));
  const { stderr: errors } = child;
  if (errors === null) throw new TypeError('the supervisor is started with a pipe for its errors');
  // Not 'close': Node never emits it once the parent has disconnected the channel.
  const ended = Promise.all([once(child, 'exit'), once(errors, 'end')]);
  ended.catch(() => undefined);
  let isStopping = false;
  let stderr = '';
  errors.setEncoding('utf8').on('data', (chunk: string) => {
    stderr = (stderr + chunk).slice(-4_000);
  });
  const pending = new Map<number, PromiseWithResolvers<unknown>>();
  const supervising = Promise.withResolvers<void>();
  let isSupervising = false;
  // Before it supervises, the kernel refused; afterwards it is the supervisor that broke, and no setting would help.
  const failure = (reason: string) => (isSupervising ? broken(reason) : refusal(reason));
  const fail = (error: Error) => {
    supervising.reject(error);
    for (const call of pending.values()) call.reject(error);
    pending.clear();
  };
  child.on('message', (message: FromSupervisor) => {
    if (message.kind === 'reply' || message.kind === 'failure') return settle(pending, message);
    if (message.kind === 'supervising') {
      isSupervising = true;
      supervising.resolve();
    }
    if (message.kind === 'cannot-start') supervising.reject(refusal(`${message.message}`));
    options.onEvent(message);
  });
  child.once('error', (error) => fail(failure(error.message)));
  void ended.then(
    () => {
      const error = failure(stderr.trim().split('\n')[0] ?? '');
      fail(error);
      if (!isStopping) options.onLost(error);
    },
    () => undefined,
  );

  let nextId = 0;
  const call: SupervisorClient['call'] = (method, params) => {
    const result = Promise.withResolvers<unknown>();
    const id = nextId++;
    pending.set(id, result);
    child.send({ kind: 'request', id, method, params }, (error) => {
      if (error && pending.delete(id)) result.reject(failure(error.message));
    });
    // The supervisor answers a method with that method's response: both ends compile against `Methods`.
    return within(result.promise as Promise<Methods[typeof method]['response']>, callBudgetMs);
  };
  const dispose = async () => {
    isStopping = true;
    if (child.connected) await within(call('stop', null), stopBudgetMs).catch(() => undefined);
    if (child.connected) child.disconnect();
    await within(ended, 2_000).catch(() => child.kill('SIGKILL'));
    await within(ended, 2_000).catch(() => undefined);
  };
  try {
    await within(supervising.promise, startBudgetMs);
  } catch (error) {
    isStopping = true;
    child.kill('SIGKILL');
    await within(ended, 2_000).catch(() => undefined);
    throw error;
  }
  if (child.pid === undefined) throw new TypeError('a supervisor that supervises has a process');
  return {
    unsharePid: child.pid,
    call,
    sendSocket(message, socket) {
      child.send(message, socket, (error) => {
        if (error) socket.destroy();
      });
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/**
 * `--kill-child` and the parent-death signal make the kernel end all of it with this process. Root and an ordinary user
 * differ in `--user` alone.
 */
function spawnSupervisor(tools: Tools): ChildProcess {
  const isRoot = process.getuid?.() === 0;
  const namespaceFlags = ['--net', '--mount', '--pid', '--fork', '--kill-child'];
  const entry = fileURLToPath(new URL('./supervisor.ts', import.meta.url));
  return spawn(
    tools.setpriv,
    [
      '--pdeathsig',
      'KILL',
      tools.unshare,
      ...(isRoot ? [] : ['--user', '--map-root-user']),
      ...namespaceFlags,
      process.execPath,
      entry,
    ],
    // A group of its own: Ctrl-C reaches the process outside alone, which then stops everything in order.
    { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], detached: true },
  );
}

function settle(pending: Map<number, PromiseWithResolvers<unknown>>, message: FromSupervisor): void {
  if (message.kind !== 'reply' && message.kind !== 'failure') return;
  const call = pending.get(message.id);
  pending.delete(message.id);
  if (message.kind === 'reply') call?.resolve(message.result);
  // Codes come from this very program at the other end of the channel.
  else call?.reject(new DrydockError(message.code as SimErrorCode, message.message));
}

function broken(reason: string): DrydockError {
  return new DrydockError(
    'SIM_FABRIC_FAILED',
    `could not keep the network up: ${reason || 'its supervisor ended'}; start again`,
  );
}

function refusal(reason: string): DrydockError {
  return new DrydockError(
    'SIM_NAMESPACES_REFUSED',
    `could not create network namespaces: ${reason || 'the supervisor ended'}; run as root, or allow user namespaces (sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0)`,
  );
}

async function within<T>(promise: Promise<T>, budgetMs: number): Promise<T> {
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(() => timeout.reject(broken(`no answer within ${budgetMs} ms`)), budgetMs);
  try {
    return await Promise.race([promise, timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}
