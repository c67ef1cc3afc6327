/** The options by which every sub-command that reads Terraform takes values of variables. */

import { type Command, InvalidArgumentError } from 'commander';

export interface TerraformFlags {
  readonly var?: Readonly<Record<string, string>>;
  readonly varFile?: readonly string[];
}

export function addTerraformOptions(command: Command): Command {
  return command
    .option(
      '--var <name=value>',
      'value of a variable, as of terraform -var; may be repeated',
      collectVariable,
    )
    .option('--var-file <file>', 'file with values of variables; may be repeated', collectFile);
}

function collectVariable(text: string, before: Readonly<Record<string, string>> = {}) {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It is no name=value');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

function collectFile(file: string, before: readonly string[] = []): readonly string[] {
  return [...before, file];
}
