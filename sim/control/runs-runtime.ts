/** The simulations that run for a working directory: those of its own `.drydock`, or of the nearest folder above that has any. */
import { lstatSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DrydockError } from '../errors.ts';
import { socketName } from './socket-path.ts';

export interface Run {
  /** The process id of its `drydock up`. */
  readonly name: string;
  readonly folder: string;
}

/** @throws DrydockError SIM_CONTROL_FAILED where none runs, where several do and none is named, or where it is somebody else's. */
export function chooseRun(workingDirectory: string, name?: string): Run {
  const runs = findRuns(workingDirectory);
  const [only, ...others] = name === undefined ? runs : runs.filter((run) => run.name === name);
  if (only === undefined) {
    throw refused(
      name === undefined ? 'no simulation runs here' : `no simulation ${name} runs here`,
      runs.length > 0
        ? `there are ${namesOf(runs)}`
        : 'start one with ./drydock up, and call this from the same folder',
    );
  }
  if (others.length > 0)
    throw refused(`${runs.length} simulations run here`, `choose one with --run: ${namesOf(runs)}`);
  const { uid } = lstatSync(join(only.folder, socketName));
  if (uid !== process.getuid?.())
    throw refused(`the simulation ${only.name} is another user’s`, 'call this as the user who started it');
  return only;
}

function findRuns(workingDirectory: string): readonly Run[] {
  for (let folder = workingDirectory; ; folder = dirname(folder)) {
    const runs = runsOf(join(folder, '.drydock', 'runs'));
    if (runs.length > 0 || folder === dirname(folder)) return runs;
  }
}

function runsOf(folder: string): readonly Run[] {
  const names = entries(folder).filter((name) => /^[1-9]\d*$/.test(name) && isAlive(Number(name)));
  return names
    .map((name) => ({ name, folder: join(folder, name) }))
    .filter((run) => lstatSync(join(run.folder, socketName), { throwIfNoEntry: false })?.isSocket());
}

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function namesOf(runs: readonly Run[]): string {
  return runs.map(({ name }) => name).join(', ');
}

function refused(reason: string, step: string): DrydockError {
  return new DrydockError('SIM_CONTROL_FAILED', `could not reach a simulation: ${reason}; ${step}`);
}
