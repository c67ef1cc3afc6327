/**
 * The order of the set-up: options, system tools, packages. Prints to standard error alone, so that the output of
 * whatever follows stays clean, and one line on failure. Exit code 2: could not set up.
 */

import { closeSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { SetupFailure } from './failure.mjs';
import { takeLock } from './lock-runtime.mjs';
import { ensurePackages, planPackages } from './packages-runtime.mjs';
import { setParent } from './run-child-runtime.mjs';
import { ensureTools, planTools } from './tools-runtime.mjs';

const usage = `Usage: node scripts/setup.mjs [--dev] [--packages-only] [--quiet] [--parent <process>]

  --dev            the packages that tests and checks need, too
  --packages-only  leave the system tools alone
  --quiet          print nothing when nothing was missing
  --parent         end when this process is no longer the parent (default: whichever is at the start)

Example: node scripts/setup.mjs --dev
`;

export async function setUp(argv) {
  const startedMs = performance.now();
  try {
    const options = parseOptions(argv);
    if (options.help) {
      process.stdout.write(usage);
      return;
    }
    setParent(Number(options.parent));
    const place = placeOf(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
    const wanted = { withTools: !options['packages-only'], withDevelopment: options.dev };
    if (!isComplete(place, wanted)) {
      await complete(place, wanted);
    }
    if (!options.quiet) {
      process.stderr.write(`set-up: complete (${Math.round(performance.now() - startedMs)} ms)\n`);
    }
  } catch (error) {
    const text = error instanceof SetupFailure ? error.message : `could not set up: ${error?.stack ?? error}`;
    process.stderr.write(`drydock: ${text}\n`);
    process.exitCode = 2;
  }
}

function isComplete(place, { withTools, withDevelopment }) {
  return (!withTools || planTools().length === 0) && planPackages(place, { withDevelopment }) === undefined;
}

/** Each part looks again at what is missing: another set-up may have brought it while this one waited for the lock. */
async function complete(place, { withTools, withDevelopment }) {
  place.makeStateDirectory();
  const lock = await takeLock(place);
  try {
    if (withTools) {
      await ensureTools(place);
    }
    await ensurePackages(place, { withDevelopment, lock });
  } finally {
    closeSync(lock);
  }
}

function parseOptions(argv) {
  try {
    return parseArgs({
      args: argv,
      options: {
        dev: { type: 'boolean', default: false },
        'packages-only': { type: 'boolean', default: false },
        quiet: { type: 'boolean', default: false },
        parent: { type: 'string', default: String(process.ppid) },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new SetupFailure(`could not read the set-up's options: ${error.message}; see --help`);
  }
}

/** The clone, and where its set-up may write. The state folder is made only when there is something to install. */
function placeOf(root) {
  const stateDirectory = join(root, '.drydock');
  return {
    root,
    logFile: join(stateDirectory, 'setup.log'),
    lockFile: join(stateDirectory, 'setup.lock'),
    makeStateDirectory() {
      try {
        mkdirSync(stateDirectory, { recursive: true });
      } catch (error) {
        throw new SetupFailure(
          `could not make ${stateDirectory}: ${error.message}; use a clone that you can write to`,
        );
      }
    },
  };
}
