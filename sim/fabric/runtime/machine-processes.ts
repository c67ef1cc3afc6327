/** The processes of one machine: those of its PID namespace, as the supervisor numbers them. Those that have ended and are not yet counted are left out. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Each round finds the children of what the one before had not stopped yet. */
const roundsMax = 100;

/** @param program any process of the machine. */
export function processesBeside(program: number): readonly number[] {
  const own = pidNamespace(program);
  if (own === undefined) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && pidNamespace(Number(name)) === own)
    .map(Number);
}

/** SIGSTOP to all of them; nothing that they start meanwhile escapes. @throws Error where they fork without end. */
export function freezeProcesses(program: number): void {
  signalUntilNoneIsNew(() => processesBeside(program), 'SIGSTOP');
}

export function thawProcesses(program: number): void {
  for (const pid of processesBeside(program)) signalProcess(pid, 'SIGCONT');
}

/** SIGKILL to those whose environment holds the line; it is inherited, so their children are among them. */
export function killMarked(program: number, line: string): void {
  signalUntilNoneIsNew(() => processesBeside(program).filter((pid) => isMarked(pid, line)), 'SIGKILL');
}

function signalUntilNoneIsNew(find: () => readonly number[], signal: NodeJS.Signals): void {
  const done = new Set<number>();
  for (let round = 0; round < roundsMax; round++) {
    const fresh = find().filter((pid) => !done.has(pid));
    if (fresh.length === 0) return;
    for (const pid of fresh) {
      signalProcess(pid, signal);
      done.add(pid);
    }
  }
  throw new Error(`its processes start others faster than they are sent ${signal}`);
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

function pidNamespace(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}

function isMarked(pid: number, line: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(line);
  } catch {
    return false;
  }
}
