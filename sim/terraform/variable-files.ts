/**
 * Values of the root module's variables from outside, a later one over an earlier: terraform.tfvars, *.auto.tfvars, the
 * files that were named, and single values that were named. A file may set what is not declared, as Terraform allows.
 */

import type { Module } from './configuration.ts';
import { fileError } from './file-error.ts';
import type { VariableInput, VariableInputs } from './input-variables.ts';
import { readText } from './module-files.ts';
import { type ParsedFile, parseFile } from './parse-file.ts';
import type { Problems } from './problems.ts';
import { TerraformError } from './site.ts';

export async function readVariableFiles(
  paths: readonly string[],
  problems: Problems,
): Promise<ReadonlyMap<string, VariableInput>> {
  const inputs = new Map<string, VariableInput>();
  for (const path of paths) {
    try {
      const { source, document } = await parseVariableFile(path, problems);
      for (const [name, raw] of Object.entries(document)) {
        if (name === '//') continue;
        const site = { source, address: `var.${name}`, field: '', path: [name] };
        inputs.set(name, { kind: 'written', raw, site });
      }
    } catch (error) {
      if (!(error instanceof TerraformError)) throw error;
      problems.add(error);
    }
  }
  return inputs;
}

async function parseVariableFile(path: string, problems: Problems): Promise<ParsedFile> {
  const file = await parseFile(readText(path), problems);
  const { positions } = file.source;
  const [block] = 'blocks' in positions && Array.isArray(positions.blocks) ? positions.blocks : [];
  if (block === undefined) return file;
  throw fileError('SIM_TERRAFORM_INVALID', path, {
    reason: 'a variable file holds values, not blocks',
    nextStep: 'move the block to a *.tf file',
  });
}

/** @param variables as of `-var name=value`; one that is not declared is a mistake. */
export function withSingleValues(
  inputs: VariableInputs,
  variables: Readonly<Record<string, string>>,
  to: { readonly module: Module; readonly problems: Problems },
): VariableInputs {
  const all = new Map(inputs);
  for (const [name, text] of Object.entries(variables)) {
    if (to.module.variables.has(`var.${name}`)) all.set(name, { kind: 'text', text });
    else if (!to.module.unreadText.includes(name)) to.problems.add(undeclared(name));
  }
  return all;
}

function undeclared(name: string): TerraformError {
  const address = `var.${name}`;
  const reason = 'the configuration declares no such variable';
  const message = `could not set ${address}: ${reason}; correct the name, or declare it`;
  return new TerraformError('SIM_TERRAFORM_INVALID', message, { address, reason }, false);
}
