/** `drydock policy init`: its options and help. What it does loads when it runs. */
import type { Command } from 'commander';
import { addTerraformOptions, type TerraformFlags } from './terraform-options.ts';

const help = `
Writes drydock.policy.yaml beside the configuration: everything that gets through today is allowed in it, so that
./drydock verify passes. Cut it down to what you mean; docs/policy.md says what may stand in it.

Exit codes: 0 it was written, 2 it was not.

Example:
  ./drydock policy init ../infrastructure`;

interface InitFlags extends TerraformFlags {
  readonly force?: boolean;
  readonly output?: string;
}

export function addPolicy(program: Command): void {
  const policy = program
    .command('policy')
    .description('policy files: what a network may let through, and what must work')
    .addHelpText('after', '\nExample:\n  ./drydock policy init')
    // Without a word after it there is nothing to do.
    .action(() => policy.help({ error: true }));
  const init = policy
    .command('init')
    .description('write a policy file from what a network lets through today')
    .argument('[path]', 'directory or file (default: infra/synth/dev/main.tf.json)');
  addTerraformOptions(init)
    .option('--output <file>', 'where to write it (default: drydock.policy.yaml beside the configuration)')
    .option('--force', 'write over a file that is there')
    .addHelpText('after', help)
    .action(async (path: string | undefined, flags: InitFlags) => {
      const { runPolicyInit } = await import('../verify/index.ts');
      const { pathOfCaller } = await import('../up/config.ts');
      process.chdir(pathOfCaller('.'));
      await runPolicyInit({
        ...(path !== undefined && { path }),
        variables: flags.var ?? {},
        variableFiles: flags.varFile ?? [],
        ...(flags.output !== undefined && { output: flags.output }),
        isForced: flags.force === true,
        print: (text) => process.stdout.write(text),
      });
    });
}
