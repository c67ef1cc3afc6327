/**
 * Reads a Terraform configuration from a directory as Terraform would, local modules and variable files included, from
 * one file that stands for itself, or from a plan. All mistakes are told at once, each with file, line and address.
 */

import { dirname, resolve } from 'node:path';
import type { TerraformConfiguration } from './configuration.ts';
import { expandConfiguration } from './expand-configuration.ts';
import { filesOnDisk } from './files-on-disk.ts';
import { loadModule } from './load-module.ts';
import { isDirectory, type ModuleFileNames, moduleFilesIn } from './module-files.ts';
import { readPlanFile } from './plan/plan-file.ts';
import { collectProblems } from './problems.ts';
import { readVariableFiles, withSingleValues } from './variable-files.ts';

export interface ReadTerraformOptions {
  /** As of `-var name=value`. */
  readonly variables?: Readonly<Record<string, string>>;
  /** As of `-var-file`, in order; a later one wins, and `variables` win over all. */
  readonly variableFiles?: readonly string[];
  /** Mistakes stay in the configuration, for whoever builds on it to tell with its own. */
  readonly keepsMistakes?: boolean;
}

/** Throws SIM_TERRAFORM_UNREADABLE, SIM_TERRAFORM_INVALID or SIM_TERRAFORM_UNSUPPORTED; of several mistakes, SIM_TERRAFORM_PROBLEMS. */
export async function readTerraform(
  path: string,
  options: ReadTerraformOptions = {},
): Promise<TerraformConfiguration> {
  const isWhole = isDirectory(path);
  const { variables = {}, variableFiles = [], keepsMistakes = false } = options;
  if (!isWhole) {
    // What `terraform show -json` writes has the same ending as a configuration, and another meaning.
    const hasVariables = Object.keys(variables).length + variableFiles.length > 0;
    const plan = readPlanFile(path, { hasVariables });
    if (plan !== undefined) return plan;
  }
  const names = isWhole ? moduleFilesIn(path) : oneFile(path);
  const directory = isWhole ? path : dirname(path);
  const problems = collectProblems();
  const module = await loadModule({ directory, path: '.' }, names, problems);
  const given = await readVariableFiles([...names.variableFiles, ...variableFiles], problems);
  const inputs = withSingleValues(given, variables, { module, problems });
  const configuration = expandConfiguration(module, problems, {
    path,
    inputs,
    files: filesOnDisk(resolve(directory)),
  });
  if (!keepsMistakes) problems.throwIfAny();
  return configuration;
}

function oneFile(path: string): ModuleFileNames {
  return { files: [path], overrides: [], variableFiles: [] };
}
