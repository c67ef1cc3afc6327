/**
 * The command: loads the door of the sub-command that was asked for, runs it, and turns what it throws into one line on
 * standard error and an exit code. It knows nothing else of the sub-commands.
 */

import { runCommandLine } from './command-line.ts';
import { readConfig } from './config.ts';
import { describeFailure } from './failure.ts';

const config = readConfig();

function leaveWith(error: unknown): never {
  const { text, exitCode } = describeFailure(error, config);
  if (text !== undefined) {
    process.stderr.write(`${text}\n`);
  }
  process.exit(exitCode);
}

process.on('uncaughtException', leaveWith);
process.stdout.on('error', () => {
  // Nobody reads what would be told: it was not judged, and there is no one to tell why.
  process.exit(2);
});

/** A pipe takes no more than 64 KiB at once; what is written waits for its reader. */
async function written(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  process.stdout.write('', () => resolve());
  await promise;
}

try {
  await runCommandLine(process.argv.slice(2));
  await written();
  // Whatever an action started is over by now: a connection that lingers must not keep the terminal.
  process.exit();
} catch (error) {
  leaveWith(error);
}
