/** From words to the door of the sub-command that was asked for, and how what is wrong with them is told. */

import { readFileSync } from 'node:fs';
import { Command, type OutputConfiguration } from 'commander';
import { type CommandEntry, commands } from './commands.ts';

/** Where help and errors go: the process's own unless given. */
export type Output = Pick<OutputConfiguration, 'writeOut' | 'writeErr'>;

/** @throws CommanderError when help or an error was told; whatever the sub-command throws. */
export async function runCommandLine(args: readonly string[], output: Output = {}): Promise<void> {
  // `help up` reads as `up --help`.
  const [first = '--help', ...rest] = args;
  const words = first === 'help' ? [...rest.slice(0, 1), '--help'] : [first, ...rest];
  const entry = commands.find(({ name }) => name === words[0]);
  const program = createProgram(output);
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

function createProgram(output: Output): Command {
  const { version, description } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  ) as { version: string; description: string };
  return new Command('./drydock')
    .description(description)
    .version(version)
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      ...output,
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
