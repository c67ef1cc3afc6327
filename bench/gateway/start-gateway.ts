/** A gateway of the bench: a program on a port of the loopback, what it says in a file, ended with its scope. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Door } from './ask.ts';

export interface Gateway extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  readonly door: Door;
}

export interface Launch {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly environment?: Readonly<Record<string, string>>;
  /** That every request to it has. */
  readonly headers?: Readonly<Record<string, string>>;
}

const startMsMax = 20_000;
const stopMsMax = 5_000;

/** @param launch from a free port and a folder of its own, which goes away with it. */
export async function startGateway(launch: (port: number, folder: string) => Launch): Promise<Gateway> {
  await using owner = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'drydock-bench-'));
  owner.defer(() => rm(folder, { recursive: true, force: true }));
  const port = await freePort();
  const { name, command, environment = {}, headers = {} } = launch(port, folder);
  const log = join(folder, 'log');
  const said = openSync(log, 'a');
  const [file, ...args] = command;
  const child = spawn(file, args, {
    stdio: ['ignore', said, said],
    env: { NODE_ENV: 'production', ...environment },
  });
  closeSync(said);
  // Where it cannot even begin, that is what it says.
  const ended = once(child, 'exit').catch((error: unknown) => String(error));
  owner.defer(async () => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), stopMsMax);
    await ended;
    clearTimeout(timer);
  });
  const deadline = performance.now() + startMsMax;
  while (!(await isListening(port))) {
    if (child.pid === undefined || child.exitCode !== null || performance.now() > deadline)
      throw new Error(`${name} did not start: ${readFileSync(log, 'utf8').slice(-500)}`);
    await wait(20);
  }
  const held = owner.move();
  return {
    name,
    pid: child.pid ?? 0,
    door: { url: `http://127.0.0.1:${port}`, headers },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
