/** Brings node-llama-cpp when the bench first runs: `npm ci` does not, for nothing but the bench needs its 700 MB. */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../peers/', import.meta.url));

/** @throws Error with npm's own last words when it cannot be brought. */
export function installPeers(print: (line: string) => void): void {
  // npm writes it last, so an installation that was cut off is none.
  if (existsSync(`${folder}node_modules/.package-lock.json`)) return;
  print('installing node-llama-cpp, some 700 MB, into bench/peers; this is done once');
  const { status, stderr, error } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status === 0) return;
  const reason = (error?.message ?? stderr).trim().split('\n').slice(-3).join(' ');
  throw new Error(
    `could not install node-llama-cpp: ${reason}; run npm ci in bench/peers where there is a network, then start again`,
  );
}
