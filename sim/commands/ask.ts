/** `drydock ask`: its options and help. What it does loads when it runs. */
import type { Command } from 'commander';
import { addRunOption, callerOf, numberFrom, type RunFlags, stopSignal } from './run-options.ts';

const help = `
Goes through the entrance of the simulated network, as a client's request on the internet does, and streams the answer.

Exit codes: 0 the answer came whole, 1 it did not, 2 it could not be asked.

Example:
  ./drydock ask "Write a long story." --max-tokens 400`;

interface AskFlags extends RunFlags {
  readonly model?: string;
  readonly maxTokens: number;
  readonly temperature: number;
}

export function addAsk(program: Command): void {
  addRunOption(
    program
      .command('ask')
      .description('ask the model that runs a question')
      .argument('<question>', 'its text'),
  )
    .option('--model <name>', 'which of those that the gateway lists (default: the first)')
    .option(
      '--max-tokens <n>',
      'of the answer at most',
      numberFrom({ least: 1, most: 1_000_000, isWhole: true }),
      128,
    )
    .option('--temperature <t>', '0 for the likeliest token each time', numberFrom({ least: 0, most: 2 }), 0)
    .option('--json', 'the whole answer as one JSON object')
    .addHelpText('after', help)
    .action(async (text: string, { model, maxTokens, temperature, ...flags }: AskFlags) => {
      const { runAsk } = await import('../hands/run-ask-runtime.ts');
      const request = { text, maxTokens, temperature, ...(model !== undefined && { model }) };
      await runAsk({ ...request, signal: stopSignal() }, await callerOf(flags));
    });
}
