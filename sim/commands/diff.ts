/** `drydock diff`: its options and help. What it does loads when it runs. */
import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import { addTerraformOptions, type TerraformFlags } from './terraform-options.ts';

const help = `
Before and after are directories, Terraform JSON files, plans, or git revisions of this repository; of a revision, --path
says what to read, and a --var-file of the repository is read as it was then. Shown are the flows that open (+), change (~) and close (-), by port.

Exit codes: 0 nothing opens, 1 something opens, 2 something becomes unknown or the input could not be read.

Examples:
  ./drydock diff main HEAD --path infra/synth/prod/main.tf.json
  ./drydock diff plan-before.json plan-after.json --format markdown`;

interface DiffFlags extends TerraformFlags {
  readonly path?: string;
  readonly format: 'text' | 'json' | 'markdown';
  readonly json?: boolean;
}

export function addDiff(program: Command): void {
  const command = program
    .command('diff')
    .description('show what flows open and close between two versions of a Terraform network')
    .argument('<before>', 'directory, file or git revision')
    .argument('<after>', 'directory, file or git revision');
  addTerraformOptions(command)
    .option('--path <path>', 'what to read of a revision (default: infra/synth/dev/main.tf.json)')
    .addOption(
      new Option('--format <format>', 'how to tell it').choices(['text', 'json', 'markdown']).default('text'),
    )
    .option('--json', 'short for --format json')
    .addHelpText('after', help)
    .action(async (before: string, after: string, flags: DiffFlags) => {
      const { runDiff } = await import('../diff/index.ts');
      const { pathOfCaller } = await import('../up/config.ts');
      process.chdir(pathOfCaller('.'));
      process.exitCode = await runDiff({
        before,
        after,
        path: flags.path ?? fileURLToPath(new URL('../../infra/synth/dev/main.tf.json', import.meta.url)),
        variables: flags.var ?? {},
        variableFiles: flags.varFile ?? [],
        format: flags.json === true ? 'json' : flags.format,
        print: (text) => process.stdout.write(text),
      });
    });
}
