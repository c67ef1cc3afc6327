/** The program of one side: started, asked, and ended with its scope. Every wait is bounded; a side that ends early fails what was asked of it. */

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { EngineSettings, SideReady, SideReply, SideRequest } from './side-protocol.ts';

export interface Side extends AsyncDisposable {
  readonly what: string;
  /** From the start of its process until the engine could be asked. */
  readonly loadMs: number;
  ask(request: SideRequest): Promise<SideReply>;
  /** Resident memory in MiB, now and at its highest; what is mapped from files counts. */
  memory(): { readonly now: number; readonly peak: number };
}

/** From the root of the clone. */
export type SideProgram = 'bench/inference/our-program.ts' | 'bench/peers/llama-program.ts';

const replyMsMax = 15 * 60 * 1000;

export async function startSide(program: SideProgram, settings: EngineSettings): Promise<Side> {
  const path = fileURLToPath(new URL(`../../${program}`, import.meta.url));
  const start = performance.now();
  const child = spawn(process.execPath, [path, JSON.stringify(settings)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await using owned = new AsyncDisposableStack();
  owned.defer(() => stop(child));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<SideReady | SideReply> => {
    const { value, done } = await within(lines.next(), program);
    if (done === true) throw new Error(`${program} ended with code ${child.exitCode}`);
    return JSON.parse(value);
  };
  const ready = await next();
  const loadMs = performance.now() - start;
  if (!('ready' in ready)) throw new Error(`${program} did not say that it is ready`);
  const kept = owned.move();
  return {
    what: ready.what,
    loadMs,
    async ask(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const reply = await next();
      if ('error' in reply) throw new Error(`${program} failed at ${request.op}: ${reply.error}`);
      return 'ready' in reply ? {} : reply;
    },
    memory: () => readMemory(child.pid),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function within<T>(promise: Promise<T>, program: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`${program} said nothing for ${replyMsMax / 1000} s`)),
    replyMsMax,
  );
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  child.once('exit', () => resolve());
  child.kill('SIGKILL');
  await promise;
}

function readMemory(pid: number | undefined): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mebibytes = (key: string) =>
    Number(status.match(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm'))?.[1]) / 1024;
  return { now: mebibytes('VmRSS'), peak: mebibytes('VmHWM') };
}
