/** The region of a block: its own argument, else its provider's, else a stand-in, for zones have to have names. */

import type { Block, ProviderBlock } from './configuration.ts';
import type { Evaluation } from './evaluator.ts';
import { nameOf } from './provider-of.ts';
import { addressIn, type ModuleInstance } from './scope.ts';
import { siteOf, siteOfStep, TerraformError } from './site.ts';

/** Where the provider would take it from the environment of whoever runs Terraform. */
export const STAND_IN_REGION = 'us-east-1';

export function regionOf(evaluation: Evaluation, block: Block): string {
  return (
    regionIn(evaluation, block) ??
    regionIn(evaluation, providerBlockOf(block.provider, block.scope.module)) ??
    STAND_IN_REGION
  );
}

function regionIn(evaluation: Evaluation, block: Block | ProviderBlock | undefined): string | undefined {
  const raw = block?.body.region;
  if (block === undefined || raw === undefined || raw === null) return undefined;
  try {
    const region = evaluation.evaluate(raw, siteOfStep(siteOf(block), 'region'));
    return typeof region === 'string' ? region : undefined;
  } catch (error) {
    // Whoever reads the provider tells it.
    if (error instanceof TerraformError) return undefined;
    throw error;
  }
}

function providerBlockOf(name: string, module: ModuleInstance): ProviderBlock | undefined {
  const found = module.module.providers.find((provider) => addressIn(module, nameOf(provider)) === name);
  if (found !== undefined) return { ...found, scope: { module } };
  return module.caller && providerBlockOf(name, module.caller.scope.module);
}
