/** The door of `./drydock model`: names and help of its commands. What they do is loaded when one of them runs. */

import type { Command } from 'commander';
import { keepCompiledSources } from './model-files/runtime/compile-cache.ts';

const prepareExamples = `
Examples:
  ./drydock model prepare                     the default model
  ./drydock model prepare gemma-3-270m        a model of models/manifest.json
  ./drydock model prepare ./my-gemma-3.gguf   a file of your own
  ./drydock model prepare tiny --json         lines of JSON, for a program`;

const listExamples = `
Examples:
  ./drydock model list
  ./drydock model list --json`;

const exitCodes = `
Exit codes: 0 it is done, 2 it could not be done.`;

export function addCommands(program: Command): void {
  const model = program
    .command('model')
    .description('get a model, verify it and prepare its graph')
    .addHelpText('after', `${prepareExamples}\n  ./drydock model list\n${exitCodes}`);
  model
    .command('prepare', { isDefault: true })
    .description('get a model if it is not there, verify it, and build its graph')
    .argument('[model]', 'a name of the manifest, or a GGUF file; without it, the default model')
    .option('--json', 'report on standard output in lines of JSON', false)
    .addHelpText('after', `${prepareExamples}\n${exitCodes}`)
    .action(async (word: string | undefined, options: { readonly json: boolean }) => {
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
