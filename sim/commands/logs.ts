/** `drydock logs`: its options and help. What it does loads when it runs. */
import type { Command } from 'commander';
import { addRunOption, callerOf, numberFrom, type RunFlags, stopSignal } from './run-options.ts';

const help = `
Times are UTC. --json prints the program's own lines, as they are.

Exit codes: 0 they were shown, 2 they were not.

Example:
  ./drydock logs gateway-0 --follow`;

const linesMax = 10_000;

interface LogsFlags extends RunFlags {
  readonly follow?: boolean;
  readonly lines: number;
}

export function addLogs(program: Command): void {
  addRunOption(
    program
      .command('logs')
      .description('show the log of a program that runs')
      .argument('<node>', 'worker-0, …; ./drydock status lists them'),
  )
    .option('-f, --follow', 'go on with lines that come, until Ctrl-C')
    .option(
      '-n, --lines <n>',
      'how many of the last lines',
      numberFrom({ least: 0, most: linesMax, isWhole: true }),
      50,
    )
    .option('--json', 'lines as the program wrote them')
    .addHelpText('after', help)
    .action(async (node: string, flags: LogsFlags) => {
      const { runLogs } = await import('../hands/run-logs-runtime.ts');
      await runLogs(
        {
          ...{ node, lines: flags.lines, isFollowing: flags.follow === true, signal: stopSignal() },
          flushed: () => new Promise((resolve) => process.stdout.write('', () => resolve())),
        },
        await callerOf(flags),
      );
    });
}
