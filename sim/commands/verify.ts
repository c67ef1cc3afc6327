/** `drydock verify`: its options and help. What it does loads when it runs. */
import { type Command, Option } from 'commander';
import { addTerraformOptions, type TerraformFlags } from './terraform-options.ts';

const help = `
Reads a directory of HCL, or one Terraform JSON file, proves what it lets through over every packet, and holds that
against drydock.policy.yaml: of --policy, or beside the configuration, or in a folder above it within its git repository.
Without one, against a short builtin list: docs/findings.md.

Exit codes: 0 it holds, 1 a violation was found, 2 it cannot be told, for something unknown is in the way or the input
could not be read.

Examples:
  ./drydock verify
  ./drydock verify ../infrastructure --var-file production.tfvars --format markdown
  ./drydock verify --enforce --json`;

interface VerifyFlags extends TerraformFlags {
  readonly policy?: string;
  readonly format: 'text' | 'json' | 'sarif' | 'junit' | 'markdown';
  readonly json?: boolean;
  readonly enforce?: boolean;
  readonly output?: string;
  readonly schema?: boolean;
}

export function addVerify(program: Command): void {
  const command = program
    .command('verify')
    .description('prove what a Terraform network lets through, and hold it against a policy')
    .argument('[path]', 'directory or file (default: infra/synth/dev/main.tf.json)');
  addTerraformOptions(command)
    .option('--policy <file>', 'policy file to hold it against')
    .addOption(
      new Option('--format <format>', 'how to tell it')
        .choices(['text', 'json', 'sarif', 'junit', 'markdown'])
        .default('text'),
    )
    .option('--json', 'short for --format json')
    .option(
      '--enforce',
      'also send real packets through the enforced network, and hold proof and packets against each other',
    )
    .option('--output <file>', 'write it there, and print the verdict alone')
    .option('--schema', 'print the JSON Schema of --json, and verify nothing')
    .addHelpText('after', help)
    .action(async (path: string | undefined, flags: VerifyFlags) => {
      const { reportJsonSchema, runVerify } = await import('../verify/index.ts');
      if (flags.schema === true) {
        process.stdout.write(`${JSON.stringify(reportJsonSchema(), null, 2)}\n`);
        return;
      }
      const { pathOfCaller } = await import('../up/config.ts');
      // Places are told as the person who called would write them.
      process.chdir(pathOfCaller('.'));
      process.exitCode = await runVerify({
        ...(path !== undefined && { path }),
        variables: flags.var ?? {},
        variableFiles: flags.varFile ?? [],
        ...(flags.policy !== undefined && { policyFile: flags.policy }),
        format: flags.json === true ? 'json' : flags.format,
        isEnforced: flags.enforce === true,
        ...(flags.output !== undefined && { output: flags.output }),
        print: (text) => process.stdout.write(text),
      });
    });
}
