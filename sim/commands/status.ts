/** `drydock status`: its options and help. What it does loads when it runs. */
import type { Command } from 'commander';
import { addRunOption, callerOf, type RunFlags } from './run-options.ts';

const help = `
Programs with their state, where this machine's connections enter the simulated network, what the gateway says of itself, and the faults in
force, of the simulation that ./drydock up runs for this folder.

Exit codes: 0 it was told, 2 it was not.

Example:
  ./drydock status --json`;

export function addStatus(program: Command): void {
  addRunOption(
    program.command('status').description('show the simulation that runs: programs, faults, entrance'),
  )
    .option('--json', 'as JSON')
    .addHelpText('after', help)
    .action(async (flags: RunFlags) => {
      const { runStatus } = await import('../hands/run-status-runtime.ts');
      await runStatus(await callerOf(flags));
    });
}
