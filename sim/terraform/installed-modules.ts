/**
 * The modules that `terraform init` put beside a configuration: `.terraform/modules/modules.json` says where each call's
 * module lies. Nothing is fetched; what is not there is for `terraform init` to bring.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileError } from './file-error.ts';
import { readText } from './module-files.ts';

export interface InstalledModule {
  /** As Terraform writes it: a registry's host stands before it. */
  readonly source: string;
  /** From the root module's directory. */
  readonly directory: string;
}

/** By the names of the calls that lead to it: `network`, `network.vpc`. */
export type InstalledModules = ReadonlyMap<string, InstalledModule>;

export const MANIFEST = join('.terraform', 'modules', 'modules.json');
const PUBLIC_REGISTRY = 'registry.terraform.io/';

/** Empty where there are none. Throws SIM_TERRAFORM_UNREADABLE for a list that is broken. */
export function installedModules(root: string): InstalledModules {
  const path = join(root, MANIFEST);
  if (!existsSync(path)) return new Map();
  const installed = new Map<string, InstalledModule>();
  for (const entry of entriesIn(path)) {
    if (!isObject(entry)) continue;
    const { Key: key, Source: source, Dir: directory } = entry;
    if (typeof key !== 'string' || typeof source !== 'string' || typeof directory !== 'string') continue;
    installed.set(key, { source, directory });
  }
  return installed;
}

/** Whether it is what the call names: of a registry's module, where the call may leave out the host. */
export function isModuleOf({ source }: InstalledModule, named: string): boolean {
  const isOfRegistry = /^([\w.-]+\/)?[\w-]+\/[\w-]+\/[\w-]+(\/\/.*)?$/.test(named);
  if (!isOfRegistry) return true;
  const wanted = named.split('/').length > 3 && named.includes('.') ? named : `${PUBLIC_REGISTRY}${named}`;
  return source.toLowerCase() === wanted.toLowerCase() || source === named;
}

function entriesIn(path: string): readonly unknown[] {
  const broken = (reason: string) =>
    fileError('SIM_TERRAFORM_UNREADABLE', path, { reason, nextStep: 'run terraform init again' });
  let document: unknown;
  try {
    document = JSON.parse(readText(path).text);
  } catch (error) {
    if (error instanceof SyntaxError) throw broken('it is no JSON');
    throw error;
  }
  const modules = isObject(document) ? document.Modules : undefined;
  if (!Array.isArray(modules)) throw broken('it lists no modules');
  return modules;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
