/** The environment as `up` reads it. */

/** npm starts scripts through a shell and does not pass its own death on. */
export function isStartedByNpm(): boolean {
  return process.env.npm_lifecycle_event !== undefined;
}
