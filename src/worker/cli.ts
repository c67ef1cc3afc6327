/** The door of `./drydock model` and `./drydock eval`: names and help of the commands. What they do is loaded when one of them runs. */

import { type Command, Option } from 'commander';
import { addEvalCommand } from './evaluation/cli.ts';
import { type WeightScheme, weightSchemes } from './graph/weight-scheme.ts';
import { keepCompiledSources } from './model-files/runtime/compile-cache.ts';

const prepareExamples = `
Examples:
  ./drydock model prepare                     the default model
  ./drydock model prepare gemma-3-270m        a model of models/manifest.json
  ./drydock model prepare ./my-gemma-3.gguf   a file of your own
  ./drydock model prepare ./gemma-3-1b-it     a directory of your own, as Hugging Face lays it out
  ./drydock model prepare ./export/onnx/model_q4.onnx   one graph of an ONNX export
  ./drydock model prepare tiny --json         lines of JSON, for a program`;

const listExamples = `
Examples:
  ./drydock model list
  ./drydock model list --json`;

const exitCodes = `
Exit codes: 0 it is done, 2 it could not be done.`;

interface PrepareOptions {
  readonly json: boolean;
  readonly weights: WeightScheme;
}

export function addCommands(program: Command): void {
  addModelCommand(program);
  addEvalCommand(program);
}

function addModelCommand(program: Command): void {
  const model = program
    .command('model')
    .description('get a model, verify it and prepare its graph')
    .addHelpText('after', `${prepareExamples}\n  ./drydock model list\n${exitCodes}`);
  model
    .command('prepare', { isDefault: true })
    .description('get a model if it is not there, verify it, and build its graph')
    .argument(
      '[model]',
      'a name of the manifest, a GGUF file, or a Hugging Face directory; without it, the default model',
    )
    .addOption(
      new Option('--weights <scheme>', 'the form of the weights in the graph')
        .choices([...weightSchemes])
        .default('auto' satisfies WeightScheme),
    )
    .option('--json', 'report on standard output in lines of JSON', false)
    .addHelpText('after', `${prepareExamples}\n${exitCodes}`)
    .action(async (word: string | undefined, options: PrepareOptions) => {
      keepCompiledSources();
      const { prepareCommand } = await import('./model-files/runtime/prepare-command.ts');
      await prepareCommand(word, options);
    });
  model
    .command('list')
    .description('every model of the manifest: size, licence, and whether the cache has it')
    .option('--json', 'report on standard output as JSON', false)
    .addHelpText('after', `${listExamples}\n${exitCodes}`)
    .action(async (options: { readonly json: boolean }) => {
      keepCompiledSources();
      const { listCommand } = await import('./model-files/runtime/list-command.ts');
      await listCommand(options);
    });
}
