/** Brings what a bench measures beside ours when it first runs: `npm ci` does not, for nothing but the bench needs it. */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Peers {
  /** Relative to this folder. */
  readonly folder: string;
  /** For people: the package's name and size. */
  readonly what: string;
}

/** @throws Error with npm's own last words when it cannot be brought. */
export function installPeers({ folder, what }: Peers, print: (line: string) => void): void {
  const path = fileURLToPath(new URL(`${folder}/`, import.meta.url));
  // npm writes it last, so an installation that was cut off is none.
  if (existsSync(`${path}node_modules/.package-lock.json`)) return;
  print(`installing ${what} into bench/${folder}; this is done once`);
  const { status, stderr, error } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: path,
    encoding: 'utf8',
  });
  if (status === 0) return;
  const reason = (error?.message ?? stderr).trim().split('\n').slice(-3).join(' ');
  throw new Error(
    `could not install ${what}: ${reason}; run npm ci in bench/${folder} where there is a network, then start again`,
  );
}
