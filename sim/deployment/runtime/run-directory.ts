/** A run's state under .drydock/ of the working directory: logs by process, and one API key for all runs of the folder. */
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DrydockError } from '../../errors.ts';

export interface RunDirectory {
  readonly logDirectory: string;
  readonly flowLogDirectory: string;
  /** Of this run alone: logs, and the control socket. */
  readonly runDirectory: string;
  /** Holds all of it. */
  readonly stateDirectory: string;
  /** Holds the key itself, readable by its owner alone; what is printed names the file, never the key. */
  readonly apiKeyFile: string;
  readonly apiKey: string;
  /** What the gateway gets: hashes alone. */
  readonly apiKeysJson: string;
}

/** @throws DrydockError SIM_INPUT_INVALID when the folder cannot be written. */
export function openRunDirectory(workingDirectory: string): RunDirectory {
  const state = join(workingDirectory, '.drydock');
  const runs = join(state, 'runs');
  const runDirectory = join(runs, String(process.pid));
  const logDirectory = join(runDirectory, 'logs');
  const apiKeyFile = join(state, 'api-key');
  try {
    makeFolder(state);
    makeFolder(runs);
    removeEndedRuns(runs);
    mkdirSync(logDirectory, { recursive: true, mode: 0o700 });
    const apiKey = readOrCreateKey(apiKeyFile);
    const sha256 = createHash('sha256').update(apiKey).digest('hex');
    return {
      stateDirectory: state,
      logDirectory,
      flowLogDirectory: join(runDirectory, 'flow-logs'),
      runDirectory,
      apiKeyFile,
      apiKey,
      apiKeysJson: JSON.stringify([{ id: 'local', sha256 }]),
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DrydockError(
      'SIM_INPUT_INVALID',
      `could not use ${state}: ${reason}; run in a folder that you may write`,
      { cause: error },
    );
  }
}

function readOrCreateKey(file: string): string {
  if (lstatSync(file, { throwIfNoEntry: false })?.isFile()) {
    const known = readFileSync(file, 'utf8').trim();
    chmodSync(file, 0o600);
    if (/^dd-[A-Za-z0-9_-]{43}$/.test(known)) return known;
  }
  const key = `dd-${randomBytes(32).toString('base64url')}`;
  // Made beside it and renamed: whatever stands there, a link to another file included, is replaced and not followed.
  const fresh = `${file}.${process.pid}`;
  rmSync(fresh, { force: true });
  writeFileSync(fresh, `${key}\n`, { mode: 0o600, flag: 'wx' });
  renameSync(fresh, file);
  return key;
}

/** A link would lead what we write and remove to a place that is not ours. */
function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (!lstatSync(path).isDirectory()) throw new Error(`${path} is a link and no folder`);
}

/** Logs of a run are kept until the next start after its end. Only what is named as a run is removed. */
function removeEndedRuns(runs: string): void {
  for (const name of readdirSync(runs)) {
    if (/^[1-9]\d*$/.test(name) && !isAlive(Number(name))) {
      rmSync(join(runs, name), { recursive: true, force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    return pid !== process.pid && process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
