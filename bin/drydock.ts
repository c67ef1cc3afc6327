/**
 * The command: loads the door of the sub-command that was asked for, runs it, and turns what it throws into one line on
 * standard error and an exit code. It knows nothing else of the sub-commands.
 */

import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { type CommandEntry, commands } from './commands.ts';
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

async function run(args: readonly string[]): Promise<void> {
  // `help up` reads as `up --help`.
  const [first = '--help', ...rest] = args;
  const words = first === 'help' ? [...rest.slice(0, 1), '--help'] : [first, ...rest];
  const entry = commands.find(({ name }) => name === words[0]);
  const program = createProgram();
  if (entry !== undefined) {
    const door = await entry.load();
    door.addCommands(program);
  } else if (words[0]?.startsWith('-')) {
    listCommands(program, commands);
  } else {
    program.error(`unknown command '${words[0]}'`);
  }
  await program.parseAsync(words, { from: 'user' });
}

/** A pipe takes no more than 64 KiB at once; what is written waits for its reader. */
async function written(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  process.stdout.write('', () => resolve());
  await promise;
}

function createProgram(): Command {
  const { version, description } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  ) as { version: string; description: string };
  return new Command('./drydock')
    .description(description)
    .version(version)
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => {
        const line = text
          .replace(/^error: /, '')
          .trim()
          .replaceAll('\n', ' ');
        write(`drydock: ${line}; see --help\n`);
      },
    });
}

function listCommands(program: Command, entries: readonly CommandEntry[]): void {
  for (const { name, summary } of entries) {
    program.command(name).summary(summary);
  }
  const examples = entries.map(({ example }) => `  ${example}`).join('\n');
  const exitCodes = 'Exit codes: 0 it holds, 1 it does not hold, 2 it could not be judged.';
  program.addHelpText('after', `\nExamples:\n${examples}\n\n${exitCodes}`);
}

try {
  await run(process.argv.slice(2));
  await written();
  // Whatever an action started is over by now: a connection that lingers must not keep the terminal.
  process.exit();
} catch (error) {
  leaveWith(error);
}
