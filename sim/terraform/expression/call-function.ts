/** Calls a Terraform function by name. An unknown one is an error that names it; an unknown argument an unknown result. */

import { invalid, type Site, unresolved } from '../site.ts';
import { isSymbolic, symbolIn, unknownBecause, type Value } from '../value.ts';
import { COLLECTION_FUNCTIONS } from './collection-functions.ts';
import { NETWORK_FUNCTIONS } from './network-functions.ts';
import { STRING_FUNCTIONS } from './string-functions.ts';
import { ArgumentProblem, type TerraformFunction } from './terraform-function.ts';

const FUNCTIONS: ReadonlyMap<string, TerraformFunction> = new Map([
  ...Object.entries(STRING_FUNCTIONS),
  ...Object.entries(COLLECTION_FUNCTIONS),
  ...Object.entries(NETWORK_FUNCTIONS),
]);

export function callFunction(name: string, values: readonly Value[], site: Site): Value {
  const found = FUNCTIONS.get(name);
  if (found === undefined) {
    throw unresolved(site, {
      reason: `the function ${name} is not one that is evaluated`,
      nextStep: 'write the value out, or report the function',
    });
  }
  if (values.length < found.argumentsMin || values.length > (found.argumentsMax ?? values.length)) {
    throw invalid(site, {
      reason: `${name} does not take ${values.length} arguments`,
      nextStep: 'correct the expression',
    });
  }
  const symbol = values
    .map((value) => (found.strictness === 'deep' ? symbolIn(value) : isSymbolic(value) ? value : undefined))
    .find((candidate) => candidate !== undefined);
  if (symbol) return unknownBecause(symbol);
  try {
    return found.apply(values);
  } catch (error) {
    if (!(error instanceof ArgumentProblem)) throw error;
    if (error.isLimit)
      throw unresolved(site, { reason: `${name}: ${error.message}`, nextStep: 'write the value out' });
    const nextStep = 'correct the expression';
    throw invalid(site, { reason: `${name}: ${error.message}`, nextStep, isTerraformsOwn: true });
  }
}
