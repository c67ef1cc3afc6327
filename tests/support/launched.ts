/** Runs `./drydock` as a person does, and knows what it has left on the machine. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../..', import.meta.url));

export interface LaunchOptions {
  readonly workingDirectory: string;
  /** Runs it without any privilege, as an ordinary user's process is. Root alone has something to give up. */
  readonly isUnprivileged?: boolean;
  /** Without any privilege in the user namespace of that process, as another terminal of the same ordinary user. */
  readonly besideUnprivileged?: number | undefined;
  readonly environment?: Readonly<Record<string, string>>;
  /** For its standard input; without it that is empty. */
  readonly input?: string;
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

const withoutPrivilege = ['--', 'setpriv', '--bounding-set=-all', '--inh-caps=-all', '--'];
// A user namespace in which we are not root, with no capability: what the kernel grants an ordinary user.
const unprivileged = ['unshare', '--user', '--map-user=1000', '--map-group=1000', ...withoutPrivilege];

function prefixOf({ isUnprivileged, besideUnprivileged }: LaunchOptions): readonly string[] {
  if (process.getuid?.() !== 0) return [];
  if (besideUnprivileged !== undefined) {
    const target = ['--target', String(besideUnprivileged)];
    return ['nsenter', '--user', '--preserve-credentials', ...target, ...withoutPrivilege];
  }
  return isUnprivileged ? unprivileged : [];
}

export function launch(words: readonly string[], options: LaunchOptions): Launched {
  const [command = '', ...args] = [...prefixOf(options), `${repository}drydock`, ...words];
  const child = spawn(command, args, {
    cwd: options.workingDirectory,
    env: { ...process.env, ...options.environment },
    stdio: 'pipe',
  });
  child.stdin.end(options.input);
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

/** A process, told from a later one that got its number. */
export interface Process {
  readonly pid: string;
  readonly startTime: string;
}

/** A process and everything below it, programs in namespaces of their own included. */
export function familyOf(pid: number | undefined): readonly Process[] {
  const all = readdirSync('/proc').flatMap((name) => statusOf(name) ?? []);
  const family: (typeof all)[number][] = all.filter((process) => process.pid === String(pid));
  for (const member of family) family.push(...all.filter(({ parent }) => parent === member.pid));
  return family.map(({ pid: member, startTime }) => ({ pid: member, startTime }));
}

/** Those that are still there. A zombie is not: it only waits to be counted. */
export function survivors(family: readonly Process[]): readonly string[] {
  return family
    .filter(({ pid, startTime }) => {
      const now = statusOf(pid);
      return now?.startTime === startTime && now.state !== 'Z';
    })
    .map(({ pid }) => `process ${pid} ${commandOf(pid)}`);
}

function statusOf(pid: string) {
  if (!/^\d+$/.test(pid)) return undefined;
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // proc(5): the name in parentheses may hold anything, so fields are counted from the last one.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { pid, state: fields[0], parent: fields[1], startTime: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

/**
 * What still stands of everything that was launched in a folder and works there. Namespaces live by
 * their processes and mounts, both of which end with the processes, so a name on the machine is the only other trace.
 */
export function leftBehind(workingDirectory: string): readonly string[] {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => (worksIn(pid, workingDirectory) ? [`process ${pid} ${commandOf(pid)}`] : []));
  const names = existsSync('/run/netns') ? readdirSync('/run/netns') : [];
  return [
    ...processes,
    ...names.filter((name) => name.startsWith('eni-')).map((name) => `namespace ${name}`),
  ];
}

function worksIn(pid: string, folder: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === folder;
  } catch (error) {
    // A process in a user namespace may hide its folder from us; then its command tells.
    const isHidden = error instanceof Error && 'code' in error && error.code === 'EACCES';
    return isHidden && commandOf(pid).includes(`${repository}sim/`);
  }
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}
