/**
 * A small clone in a temporary folder: the real set-up, a lockfile of three packages, and an `npm` of our own on PATH
 * that notes how it was called and leaves what the real one would. One that hangs writes its processes to `npm-pid`.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../../../', import.meta.url));

const packages = {
  '': { name: 'small' },
  'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
  'node_modules/b': { version: '2.0.0', integrity: 'sha512-b', dev: true },
  'node_modules/elsewhere': { version: '3.0.0', integrity: 'sha512-c', optional: true },
};
const { 'node_modules/a': a, 'node_modules/b': b } = packages;

export interface Clone extends Disposable {
  readonly root: string;
  /** Replaces what the `npm` on PATH does after it noted its arguments. */
  setNpm(script: string): void;
  /** The arguments of every call of npm so far. */
  npmCalls(): string[];
  write(path: string, content: string): void;
  run(args: readonly string[], options?: RunOptions): Run;
}

export interface RunOptions {
  readonly path?: string;
  readonly nodeOptions?: readonly string[];
  /** Runs it as the child of a shell, whose process is the one returned. */
  readonly inShell?: boolean;
}

export interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<{
    readonly exitCode: number | null;
    readonly stdout: string;
    readonly stderr: string;
  }>;
}

/** What a real installation ends with: the packages, the two programs, and npm's own record, last. */
const installs = `
for package in a b node bun; do mkdir -p node_modules/$package/bin; done
truncate -s 2M node_modules/node/bin/node node_modules/bun/bin/bun.exe
case "$*" in
  *--omit=dev*) cp record-runtime.json node_modules/.package-lock.json ;;
  *) cp record-all.json node_modules/.package-lock.json ;;
esac`;

export function makeClone(): Clone {
  const root = mkdtempSync(join(tmpdir(), 'drydock-clone-'));
  const write = (path: string, content: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  const setNpm = (script: string) => {
    write('path/npm', `#!/bin/sh\necho "$*" >> npm-calls\n${script}\n`);
    chmodSync(join(root, 'path/npm'), 0o755);
  };
  cpSync(join(repository, 'scripts'), join(root, 'scripts'), { recursive: true });
  write('package-lock.json', JSON.stringify({ packages }));
  write('record-runtime.json', JSON.stringify({ packages: { 'node_modules/a': a } }));
  write('record-all.json', JSON.stringify({ packages: { 'node_modules/a': a, 'node_modules/b': b } }));
  setNpm(installs);
  return {
    root,
    setNpm,
    write,
    npmCalls: () => (existsSync(join(root, 'npm-calls')) ? readLines(join(root, 'npm-calls')) : []),
    run: (args, options) => run(root, args, options),
    [Symbol.dispose]() {
      // A test that failed may leave its npm behind.
      for (const pid of existsSync(join(root, 'npm-pid')) ? readLines(join(root, 'npm-pid')) : []) {
        endIfIn(root, Number(pid));
      }
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function endIfIn(root: string, pid: number): void {
  try {
    if (readlinkSync(`/proc/${pid}/cwd`) === root) {
      process.kill(pid, 'SIGKILL');
    }
  } catch {
    // It has ended.
  }
}

/** The `npm` that installs, after `before`. */
export const installsAfter = (before: string) => `${before}\n${installs}`;

function run(root: string, args: readonly string[], options: RunOptions = {}): Run {
  const words = [...(options.nodeOptions ?? []), join(root, 'scripts/setup.mjs'), ...args];
  const env = { PATH: options.path ?? `${join(root, 'path')}:/usr/bin:/bin`, HOME: root };
  const child = options.inShell
    ? spawn('sh', ['-c', '"$@"; exit $?', 'sh', process.execPath, ...words], { env })
    : spawn(process.execPath, words, { env });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  const ended = new Promise<{ exitCode: number | null; stdout: string; stderr: string }>((resolve) => {
    child.once('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
  return { child, ended };
}

export const readLines = (file: string) => readFileSync(file, 'utf8').trim().split('\n');

/** False for a process that ended, reaped or not. */
export function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
