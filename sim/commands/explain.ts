/** `drydock explain`: its arguments and help. What it does loads when it runs. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { addTerraformOptions, type TerraformFlags } from './terraform-options.ts';

const help = `
From and to are Terraform addresses (of a group: all its members, or one, aws_autoscaling_group.worker#0), internet, an IP
address or a CIDR block. Every layer is told, there and back; what would have dropped the packet further on as well.

Exit codes: 0 the flow works, 1 it does not, or not from every source port, 2 it cannot be told.

Examples:
  ./drydock explain internet aws_autoscaling_group.gateway 443
  ./drydock explain aws_autoscaling_group.worker aws_instance.engine_a 53/udp
  ./drydock explain 198.51.100.7 aws_instance.web icmp --path ../infrastructure`;

interface ExplainFlags extends TerraformFlags {
  readonly path?: string;
  readonly family?: '4' | '6';
  readonly json?: boolean;
}

interface Traffic {
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  readonly port?: number;
}

export function addExplain(program: Command): void {
  const command = program
    .command('explain')
    .description('say whether one flow works, and which rule decides at every layer')
    .argument('<from>', 'who sends')
    .argument('<to>', 'who receives')
    .argument('<traffic>', 'destination port, port/udp, or icmp', parseTraffic);
  addTerraformOptions(command)
    .option('--path <path>', 'directory or file (default: infra/synth/dev/main.tf.json)')
    .addOption(
      new Option('--family <family>', 'IPv4 or IPv6 (default: IPv4 where both have it)').choices(['4', '6']),
    )
    .option('--json', 'as JSON, with every layer of every way')
    .addHelpText('after', help)
    .action(async (from: string, to: string, traffic: Traffic, flags: ExplainFlags) => {
      const { runExplain } = await import('../explain/index.ts');
      const { pathOfCaller } = await import('../up/config.ts');
      process.chdir(pathOfCaller('.'));
      process.exitCode = await runExplain({
        from,
        to,
        traffic,
        ...(flags.path !== undefined && { path: flags.path }),
        ...(flags.family !== undefined && { family: flags.family === '6' ? 6 : 4 }),
        variables: flags.var ?? {},
        variableFiles: flags.varFile ?? [],
        isJson: flags.json === true,
        print: (text) => process.stdout.write(text),
      });
    });
}

function parseTraffic(text: string): Traffic {
  if (text === 'icmp') return { protocol: 'icmp' };
  const [, digits = '', protocol = 'tcp'] = /^(\d{1,5})(?:\/(tcp|udp))?$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === '' || port > 65_535)
    throw new InvalidArgumentError('It is no port (443), port/udp (53/udp) or icmp');
  return { protocol: protocol === 'udp' ? 'udp' : 'tcp', port };
}
