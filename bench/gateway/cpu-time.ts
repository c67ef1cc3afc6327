/** Processor time of a program and its children, as the kernel counts it. Linux alone. */
import { readFileSync } from 'node:fs';

/** Of a tick in /proc: the same on every Linux that Node runs on. */
const tickMicroseconds = 10_000;

/** @returns microseconds, user and system, of the process and of the children that it has now. */
export function cpuMicroseconds(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return (
    [pid, ...children.filter(Boolean).map(Number)].reduce((sum, one) => sum + ticksOf(one), 0) *
    tickMicroseconds
  );
}

function ticksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // A program's name may have blanks and brackets of its own.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
