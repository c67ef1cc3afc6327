/** `drydock reload`: its options and help. What it does loads when it runs. */
import type { Command } from 'commander';
import { addTerraformOptions, type TerraformFlags } from './terraform-options.ts';

const help = `
Applies changed Terraform to the simulation that ./drydock up runs for this folder, and touches only what differs: rules, routes,
network ACLs, security groups, addresses, gateways and machines. Established connections that are tracked live on, as on AWS.
Programs whose interface or user data changes start again. A mistake in the Terraform changes nothing.

Exit codes: 0 it is in force, 2 it is not.

Example:
  ./drydock reload ../infrastructure`;

interface ReloadFlags extends TerraformFlags {
  readonly run?: string;
  readonly json?: boolean;
}

export function addReload(program: Command): void {
  const command = program
    .command('reload')
    .description('apply changed Terraform to the simulation that runs')
    .argument('<path>', 'directory or file');
  addTerraformOptions(command)
    .option('--run <pid>', 'which simulation, where several run for this folder')
    .option('--json', 'as JSON')
    .addHelpText('after', help)
    .action(async (path: string, flags: ReloadFlags) => {
      const { runReload } = await import('../reload/index.ts');
      const { pathOfCaller } = await import('../up/config.ts');
      await runReload({
        path,
        variables: flags.var ?? {},
        variableFiles: flags.varFile ?? [],
        ...(flags.run !== undefined && { run: flags.run }),
        isJson: flags.json === true,
        workingDirectory: pathOfCaller('.'),
        print: (text) => process.stdout.write(text),
      });
    });
}
