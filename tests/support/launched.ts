/** Runs `./drydock` as a person does, and knows what it has left on the machine. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../..', import.meta.url));

export interface LaunchOptions {
  readonly workingDirectory: string;
  /** Runs it without any privilege, as an ordinary user's process is. Root alone has something to give up. */
  readonly isUnprivileged?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Launched {
  readonly child: ChildProcess;
  /** Lines of standard output so far. */
  readonly lines: readonly string[];
  readonly errorText: () => string;
  /** Resolves with the first line that matches; rejects when it ends before. */
  line(pattern: RegExp): Promise<string>;
  readonly exit: Promise<Ending>;
}

// A user namespace in which we are not root, with no capability: what the kernel grants an ordinary user.
const unprivileged = [
  'unshare',
  '--user',
  '--map-user=1000',
  '--',
  'setpriv',
  '--bounding-set=-all',
  '--inh-caps=-all',
];

export function launch(words: readonly string[], options: LaunchOptions): Launched {
  const prefix = options.isUnprivileged && process.getuid?.() === 0 ? unprivileged : [];
  const [command = '', ...args] = [...prefix, `${repository}drydock`, ...words];
  const child = spawn(command, args, {
    cwd: options.workingDirectory,
    env: { ...process.env, ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const waiters = new Set<{
    pattern: RegExp;
    resolve: (line: string) => void;
    reject: (error: Error) => void;
  }>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    for (const waiter of waiters) {
      if (!waiter.pattern.test(line)) continue;
      waiters.delete(waiter);
      waiter.resolve(line);
    }
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk;
  });
  const exit = new Promise<Ending>((resolve) => {
    child.once('close', (code, signal) => {
      for (const { pattern, reject } of waiters) {
        reject(new Error(`it ended (${code ?? signal}) without a line like ${pattern}: ${errors}`));
      }
      resolve({ code, signal });
    });
  });
  return {
    child,
    lines,
    errorText: () => errors,
    line(pattern) {
      const found = lines.find((line) => pattern.test(line));
      if (found !== undefined) return Promise.resolve(found);
      return new Promise((resolve, reject) => waiters.add({ pattern, resolve, reject }));
    },
    exit,
  };
}

export interface Footprint {
  /** `pid command` of everything that belongs to this clone. */
  readonly processes: readonly string[];
  /** Network namespaces that some process is in. */
  readonly namespaces: readonly string[];
}

/** What stands on the machine now, as far as this user can see. */
export function footprint(): Footprint {
  const processes: string[] = [];
  const namespaces = new Set<string>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      const isOurs =
        command.includes(repository) &&
        /drydock|sim\/|src\/|scripts\//.test(command.replaceAll(repository, ''));
      if (isOurs && Number(pid) !== process.pid) processes.push(`${pid} ${command}`);
      namespaces.add(readlinkSync(`/proc/${pid}/ns/net`));
    } catch {
      // It ended while we looked, or it is not ours to see.
    }
  }
  return { processes: processes.sort(), namespaces: [...namespaces].sort() };
}

/** What is there now and was not before. */
export function leftBehind(before: Footprint): readonly string[] {
  const now = footprint();
  return [
    ...now.processes.filter((entry) => !before.processes.includes(entry)),
    ...now.namespaces.filter((entry) => !before.namespaces.includes(entry)),
  ];
}
