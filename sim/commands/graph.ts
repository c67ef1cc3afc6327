/** `drydock graph`: its options and help. What it does loads when it runs. */
import type { Command } from 'commander';
import { addTerraformOptions, type TerraformFlags } from './terraform-options.ts';

const help = `
Zones are columns, subnets of one role a row, groups of machines a line across it; permitted flows run to the right and are
listed below. Dashed: the answer is lost, or it cannot be told.

Exit codes: 0 the picture was written, 2 it was not.

Example:
  ./drydock graph infra/synth/prod/main.tf.json --svg prod.svg`;

interface GraphFlags extends TerraformFlags {
  readonly svg: string;
}

export function addGraph(program: Command): void {
  const command = program
    .command('graph')
    .description('draw a Terraform network and the flows that it permits')
    .argument('[path]', 'directory or file (default: infra/synth/dev/main.tf.json)')
    .option('--svg <file>', 'file to write', 'network.svg');
  addTerraformOptions(command)
    .addHelpText('after', help)
    .action(async (path: string | undefined, flags: GraphFlags) => {
      const { runGraph } = await import('../graph/index.ts');
      const { pathOfCaller } = await import('../up/config.ts');
      process.chdir(pathOfCaller('.'));
      await runGraph({
        ...(path !== undefined && { path }),
        svg: flags.svg,
        variables: flags.var ?? {},
        variableFiles: flags.varFile ?? [],
        print: (text) => process.stdout.write(text),
      });
    });
}
