/**
 * Brings `node_modules` to what package-lock.json says. An interrupted set-up is noticed by the next.
 */

import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SetupFailure } from './failure.mjs';
import { comparePackages, explainNpmFailure, planInstallation, requiredPaths } from './packages.mjs';
import { runChild } from './run-child-runtime.mjs';

/** Programs that install scripts put in place: with scripts switched off, npm's record is complete without them. */
const installedPrograms = ['node_modules/node/bin/node', 'node_modules/bun/bin/bun.exe'];
const programBytesMin = 1_000_000;

/** @param lock the open file of `takeLock` */
export async function ensurePackages(place, { withDevelopment, lock }) {
  const plan = planPackages(place, { withDevelopment });
  if (plan !== undefined) {
    await install(place, plan, lock);
  }
}

/** The npm command that is needed, or undefined. */
export function planPackages({ root }, { withDevelopment }) {
  const locked = readPackages(join(root, 'package-lock.json'));
  if (locked === undefined) {
    throw new SetupFailure(`could not read ${join(root, 'package-lock.json')}; is the clone complete?`);
  }
  const installed = readPackages(recordOf(root));
  const missing = comparePackages(locked, installed);
  const lost = Object.keys(installed ?? {}).filter((path) => !existsSync(join(root, path)));
  missing.runtime.push(...lost, ...missingPrograms(root));
  return planInstallation(missing, { withDevelopment });
}

async function install(place, plan, lock) {
  const { root } = place;
  if (plan[0] === 'ci') {
    rmSync(recordOf(root), { force: true });
  }
  const expected = requiredPaths(readPackages(join(root, 'package-lock.json')) ?? {}, plan);
  const result = await runChild('npm', [...plan, '--loglevel=error', '--no-fund', '--no-audit'], {
    label: 'installing npm packages',
    detail: () =>
      `${expected.filter((path) => existsSync(join(root, path, 'package.json'))).length} of ${expected.length}`,
    cwd: root,
    env: { ...process.env, ...npmEnvironment, PATH: pathWithoutPackages(root) },
    logFile: place.logFile,
    // npm inherits the lock: if this process is killed, the next set-up still waits for npm to end.
    inheritedFile: lock,
  });
  if (result.isMissing) {
    throw new SetupFailure(
      'could not install the npm packages: there is no npm; install npm (on Debian: apt-get install npm)',
    );
  }
  if (result.exitCode !== 0) {
    const reason = explainNpmFailure(result.output);
    throw new SetupFailure(`could not install the npm packages: ${reason} (${place.logFile})`);
  }
  const [program] = missingPrograms(root);
  if (program !== undefined) {
    const reason = 'npm is set not to run install scripts; run `npm rebuild node bun --ignore-scripts=false`';
    throw new SetupFailure(`could not find ${program} after the installation: ${reason} (${place.logFile})`);
  }
}

const npmEnvironment = {
  // onnxruntime-node would download CUDA libraries; the ones for the CPU are in the package.
  ONNXRUNTIME_NODE_INSTALL: 'skip',
  // Enough to get over a hiccup; npm's own waits add up to minutes on a machine that is offline.
  npm_config_fetch_retries: '2',
  npm_config_fetch_retry_mintimeout: '1000',
  npm_config_fetch_retry_maxtimeout: '5000',
};

const recordOf = (root) => join(root, 'node_modules', '.package-lock.json');

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

function missingPrograms(root) {
  return installedPrograms.filter((path) => {
    const found = statSync(join(root, path), { throwIfNoEntry: false });
    return found === undefined || found.size < programBytesMin;
  });
}

/** Under `npm start` the clone's own node comes first, and `npm ci` is about to delete it. */
function pathWithoutPackages(root) {
  const own = join(root, 'node_modules', '.bin');
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter((directory) => directory !== own)
    .join(delimiter);
}
