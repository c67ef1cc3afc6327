/** The door of `./drydock audit`: names and help of the command. What it does is loaded when it runs. */

import type { Command } from 'commander';

const examples = `
Examples:
  ./drydock audit verify audit-log                           every record against the one before it
  ./drydock audit verify audit-log --key audit-public.pem    and its signed checkpoints against a public key
  ./drydock audit verify audit-log --json                    lines of JSON, for a program

Exit codes: 0 nothing is wrong, 1 something was changed, is missing or was moved, 2 it could not be judged.`;

export interface VerifyOptions {
  readonly key?: string;
  readonly json: boolean;
}

export function addCommands(program: Command): void {
  const audit = program.command('audit').description('find changes, gaps and moved records in an audit log');
  audit.addHelpText('after', examples);
  audit
    .command('verify')
    .description('hold every record of a directory against the one before it, and checkpoints against a key')
    .argument('<directory>', 'a store of audit segments, or the spool of a gateway')
    .option('--key <file>', 'PEM file of the Ed25519 public key; without it signatures are not judged')
    .option('--json', 'report on standard output in lines of JSON', false)
    .addHelpText('after', examples)
    .action(async (directory: string, options: VerifyOptions) => {
      const { verifyCommand } = await import('./audit/runtime/verify-command.ts');
      await verifyCommand(directory, options);
    });
}
