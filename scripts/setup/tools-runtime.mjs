/**
 * Makes sure of the system programs: installs them through apt as root, otherwise names the one command that does. Never
 * asks for a password.
 */

import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { SetupFailure } from './failure.mjs';
import { runChild } from './run-child-runtime.mjs';
import { aptCommand, missingTools, searchDirectories } from './tools.mjs';

/**
 * The Debian packages to install, none when nothing is missing.
 * @throws SetupFailure when that is not for us to do
 */
export function planTools() {
  const missing = findMissing();
  if (missing.programs.length === 0) {
    return [];
  }
  const what = `could not find ${missing.programs.join(', ')}`;
  const hasApt = searchDirectories(process.env.PATH ?? '').some((directory) =>
    isProgram(`${directory}/apt-get`),
  );
  if (!hasApt) {
    throw new SetupFailure(
      `${what}: there is no apt-get here; install ${missing.packages.join(' ')} and run this again`,
    );
  }
  if (process.getuid() !== 0) {
    throw new SetupFailure(`${what}; run: ${aptCommand(missing.packages, { hasLists: hasPackageLists() })}`);
  }
  return missing.packages;
}

export async function ensureTools(place) {
  const packages = planTools();
  if (packages.length === 0) {
    return;
  }
  await installThroughApt(place, packages);
  const left = findMissing().programs;
  if (left.length > 0) {
    throw new SetupFailure(
      `could not install ${packages.join(' ')} through apt: ${left.join(', ')} is still missing; see ${place.logFile}`,
    );
  }
}

const findMissing = () => missingTools({ path: process.env.PATH ?? '', isProgram });

async function installThroughApt(place, packages) {
  const install = ['install', '-y', '-qq', '--no-install-recommends', ...packages];
  const label = `installing ${packages.join(' ')} through apt`;
  if (hasPackageLists() && (await runApt(place, label, install))) {
    return;
  }
  await runApt(place, 'reading the list of system packages', ['update', '-qq']);
  await runApt(place, label, install);
}

async function runApt(place, label, args) {
  const result = await runChild('apt-get', ['-o', 'DPkg::Lock::Timeout=60', ...args], {
    label,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    logFile: place.logFile,
    // dpkg killed half-way leaves the system's packages in need of repair.
    graceMs: 1000,
  });
  return result.exitCode === 0;
}

function hasPackageLists() {
  try {
    return readdirSync('/var/lib/apt/lists').some(
      (name) => name.endsWith('_Packages') || name.endsWith('_Packages.lz4'),
    );
  } catch {
    return false;
  }
}

function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
