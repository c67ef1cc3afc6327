/** `drydock exec`: its options and help. What it does loads when it runs. */
import type { Command } from 'commander';
import { addRunOption, callerOf, type RunFlags } from './run-options.ts';

const help = `
The command sees what the program sees: its network interface with every rule that judges it, its mounts, its processes, its environment; and it may
do no more. It is killed when this is, and what it left behind with it.

Exit code: the command's own; 2 it could not be run there.

Example:
  ./drydock exec worker-0 -- curl -m 2 http://example.com/
  ./drydock exec gateway-0 -- sh`;

export function addExec(program: Command): void {
  addRunOption(
    program
      .command('exec')
      .description('run a command where a program runs')
      .argument('<node>', 'worker-0, …; ./drydock status lists them')
      .argument('<command...>', 'after --, with its own options'),
  )
    .addHelpText('after', help)
    .action(async (node: string, command: readonly string[], flags: RunFlags) => {
      const { runExec } = await import('../hands/run-exec-runtime.ts');
      const { terminalOfCaller } = await import('../up/config.ts');
      const terminal = terminalOfCaller();
      process.exitCode = await runExec(
        { node, command, ...(terminal !== undefined && { terminal }) },
        await callerOf(flags),
      );
    });
}
