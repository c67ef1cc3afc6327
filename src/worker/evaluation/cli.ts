/** The command `./drydock eval`: its options and help. What it does is loaded when it runs. */

import { availableParallelism } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type WeightScheme, weightSchemes } from '../graph/weight-scheme.ts';
import { keepCompiledSources } from '../model-files/runtime/compile-cache.ts';
import type { Runner } from '../runner.ts';
import type { EvalOptions } from './runtime/eval-command.ts';

const help = `
IDS is a JSON array of token ids, or an object with such an array as "ids". They are taken as they are: begin with the model's
own token for the beginning (2) if the text is to have one.

--json prints {"ids", "rows": [{"nll", "argmax", "top": [{"id", "logprob"}]}], "meanNll"}. Row i is what the model makes of ids 0 to i:
the negative log-likelihood of id i + 1 (natural logarithm, null in the last row), its best guess, and the five best.

Examples:
  ./drydock eval --model gemma-3-270m --ids ids.json
  ./drydock eval --model ./my-gemma-3.gguf --ids ids.json --json
  ./drydock eval --model ./gemma-3-1b-it --ids ids.json --weights float --threads 8

Exit codes: 0 it is done, 2 it could not be done.`;

type Given = Omit<EvalOptions, 'model' | 'ids'> & { readonly model?: string; readonly ids?: string };

export function addEvalCommand(program: Command): void {
  program
    .command('eval')
    .description('how likely a model finds a list of token ids, position by position')
    .option('--model <model>', 'a name of the manifest, a GGUF file, or a Hugging Face directory')
    .option('--ids <file>', 'the token ids')
    .option('--json', 'answer in JSON', false)
    .addOption(
      new Option('--weights <scheme>', 'the form of the weights in the graph')
        .choices([...weightSchemes])
        .default('auto' satisfies WeightScheme),
    )
    .addOption(
      new Option('--runner <kind>', 'what runs the graph')
        .choices(['native', 'portable'] satisfies Runner['kind'][])
        .default('native' satisfies Runner['kind']),
    )
    .option('--threads <count>', 'threads of one step', parseThreads, availableParallelism())
    .addHelpText('after', help)
    .action(async ({ model, ids, ...options }: Given, command: Command) => {
      // Not commander's own required options: it asks for those before it finds a word that it does not know.
      if (model === undefined) return command.error("required option '--model <model>' not specified");
      if (ids === undefined) return command.error("required option '--ids <file>' not specified");
      keepCompiledSources();
      const { evalCommand } = await import('./runtime/eval-command.ts');
      await evalCommand({ model, ids, ...options });
    });
}

const threadsMax = 1024;

function parseThreads(text: string): number {
  const threads = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (threads >= 1 && threads <= threadsMax) return threads;
  throw new InvalidArgumentError(`it must be a whole number from 1 to ${threadsMax}.`);
}
