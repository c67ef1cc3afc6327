/** Process numbers of machines as the machine outside counts them: the supervisor, in a PID namespace of its own, sees others. */
import { readFileSync } from 'node:fs';

/** @param unsharePid of the `unshare` that the supervisor stands behind. @returns outside numbers of the programs by those of the supervisor. */
export function hostProcesses(unsharePid: number): ReadonlyMap<number, number> {
  // unshare, the supervisor, a machine's unshare, its program.
  const programs = childrenOf(unsharePid).flatMap(childrenOf).flatMap(childrenOf);
  return new Map(
    programs.flatMap((pid) => {
      const [outside, inside] = namespacedNumbers(pid);
      return outside === undefined || inside === undefined ? [] : [[inside, outside] as const];
    }),
  );
}

/** proc(5), `NSpid`: from the namespace of this /proc inwards. */
function namespacedNumbers(pid: number): readonly number[] {
  const [, numbers = ''] = /^NSpid:\s+(.*)$/m.exec(read(`/proc/${pid}/status`)) ?? [];
  return numbers.split(/\s+/).filter(Boolean).map(Number);
}

function childrenOf(pid: number): readonly number[] {
  return read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
