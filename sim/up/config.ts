/** The environment as `up` reads it. */
import { resolve } from 'node:path';

/**
 * The process of the npm that started us through a script, absent otherwise: npm starts scripts through a shell and does not
 * pass its own death on. The launcher tells, for npm may have died before this process began.
 */
export function npmProcess(): number | undefined {
  const { DRYDOCK_NPM_PID: pid } = process.env;
  return pid === undefined ? undefined : Number(pid);
}

/** What the caller's terminal can do, as terminfo names it. */
export function terminalOfCaller(): string | undefined {
  return process.env.TERM;
}

/** A path as the person meant it: from the folder that the command was called in. */
export function pathOfCaller(path: string): string {
  return resolve(process.env.DRYDOCK_CALLER_FOLDER ?? process.cwd(), path);
}
