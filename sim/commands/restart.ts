/** `drydock restart`: its options and help. What it does loads when it runs. */
import type { Command } from 'commander';
import { addRunOption, callerOf, numberFrom, type RunFlags } from './run-options.ts';

const help = `
SIGTERM, so that it finishes what it does; SIGKILL if that takes longer than the grace time; then it starts again, under its name and at its
address. Tells when it serves.

Exit codes: 0 it serves again, 2 it does not.

Example:
  ./drydock restart worker-0 --grace 10`;

interface RestartFlags extends RunFlags {
  readonly grace?: number;
}

export function addRestart(program: Command): void {
  addRunOption(
    program
      .command('restart')
      .description('stop a program in order and start it again')
      .argument('<node>', 'worker-0, …; ./drydock status lists them'),
  )
    .option('--grace <seconds>', 'before it is killed (default: 30)', numberFrom({ least: 0, most: 100 }))
    .option('--json', 'as JSON')
    .addHelpText('after', help)
    .action(async (node: string, { grace, ...flags }: RestartFlags) => {
      const { runRestart } = await import('../hands/run-fault-runtime.ts');
      await runRestart({ node, ...(grace !== undefined && { graceSeconds: grace }) }, await callerOf(flags));
    });
}
