/** Which provider configuration of the root module a block uses, through the `providers` of the module calls above it. */

import type { JsonValue, WrittenBlock } from './configuration.ts';
import { plainName } from './parse-module.ts';
import type { ModuleInstance } from './scope.ts';

/** `aws`, `aws.west`; `module.net.aws` for one that a module brings along. */
export function providerOf(written: WrittenBlock, module: ModuleInstance): string {
  const named = written.body.provider;
  return resolved(typeof named === 'string' ? plainName(named) : (written.type.split('_')[0] ?? ''), module);
}

function resolved(name: string, module: ModuleInstance): string {
  const { caller } = module;
  if (caller === undefined) return name;
  const isItsOwn = module.module.providers.some(
    (provider) => nameOf(provider) === name && isConfigured(provider.body),
  );
  if (isItsOwn) return `${module.address}.${name}`;
  const { providers } = caller.call.body;
  const passed = isRecord(providers) && Object.hasOwn(providers, name) ? providers[name] : undefined;
  return resolved(typeof passed === 'string' ? plainName(passed) : name, caller.scope.module);
}

export function nameOf(provider: { readonly name: string; readonly alias?: string }): string {
  return provider.alias === undefined ? provider.name : `${provider.name}.${provider.alias}`;
}

/** An empty block with an alias only says, as it was done before Terraform 0.15, that one is to be passed in. */
function isConfigured(body: { readonly [name: string]: JsonValue }): boolean {
  return Object.keys(body).some((name) => name !== 'alias' && name !== 'version' && name !== '//');
}

function isRecord(value: JsonValue | undefined): value is { readonly [name: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
