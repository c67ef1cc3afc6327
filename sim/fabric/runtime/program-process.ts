/** The program itself, behind the `unshare` that waits for it: that one blocks SIGTERM, so signals go to its only child. */
import { readFileSync } from 'node:fs';

/** @returns undefined while there is none yet, or when it has ended. */
export function programProcess(unsharePid: number): number | undefined {
  try {
    const children = readFileSync(`/proc/${unsharePid}/task/${unsharePid}/children`, 'utf8');
    const [first] = children.trim().split(' ');
    return first ? Number(first) : undefined;
  } catch {
    return undefined;
  }
}
