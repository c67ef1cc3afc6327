/**
 * Calls a Terraform function by name. A name that Terraform does not know is an error of its own; one that depends on
 * the hour or the machine is unknown; one that is not evaluated here is refused by name. An unknown argument makes an
 * unknown result.
 */

import { invalid, type Site, unresolved } from '../site.ts';
import { ConversionProblem, convertValue, unknownWhole, wholeOf } from '../types/convert-to-type.ts';
import {
  isLazyObject,
  isList,
  isMap,
  isSymbolic,
  type Symbolic,
  symbolIn,
  unknownBecause,
  type Value,
} from '../value.ts';
import type { ConfigurationFiles } from './configuration-files.ts';
import { FUNCTIONS, UNEVALUATED_FUNCTIONS, VARYING_FUNCTIONS } from './functions.ts';
import { applySymbolic } from './symbolic-functions.ts';
import {
  ArgumentProblem,
  type FunctionCall,
  type Parameter,
  type TerraformFunction,
} from './terraform-function.ts';

export interface Caller {
  readonly site: Site;
  readonly files: ConfigurationFiles | undefined;
  readonly renderTemplate: FunctionCall['renderTemplate'];
  readonly charge: FunctionCall['charge'];
}

export function callFunction(name: string, values: readonly Value[], caller: Caller): Value {
  const { site } = caller;
  const found = FUNCTIONS.get(name);
  if (found === undefined) return callOther(name, site);
  if (
    values.length < found.parameters.length - found.optional ||
    (!found.rest && values.length > found.parameters.length)
  ) {
    const reason = `${name} does not take ${values.length} arguments`;
    throw invalid(site, { reason, nextStep: 'correct the expression', isTerraformsOwn: true });
  }
  try {
    const prepared = values.map((value, index) => preparedArgument(value, index, found));
    const symbol = symbolThatDecides(prepared, found);
    if (symbol) return applySymbolic(name, prepared) ?? unknownBecause(symbol);
    const { renderTemplate, charge } = caller;
    return found.apply(prepared, { files: caller.files ?? NO_FILES, renderTemplate, charge });
  } catch (error) {
    throw problemAt(error, name, site);
  }
}

function symbolThatDecides(
  values: readonly Value[],
  { strictness }: TerraformFunction,
): Symbolic | undefined {
  if (strictness === 'none') return undefined;
  for (const value of values) {
    const symbol = strictness === 'deep' ? symbolIn(value) : isSymbolic(value) ? value : undefined;
    if (symbol) return symbol;
  }
  return undefined;
}

function callOther(name: string, site: Site): Value {
  if (VARYING_FUNCTIONS.has(name)) return { kind: 'unknown', reason: `${name}() differs from run to run` };
  if (UNEVALUATED_FUNCTIONS.has(name)) {
    const reason = `the function ${name} is not one that is evaluated`;
    throw unresolved(site, { reason, nextStep: 'write the value out, or report the function' });
  }
  const reason = `there is no function ${name}`;
  throw invalid(site, { reason, nextStep: 'correct the expression', isTerraformsOwn: true });
}

function preparedArgument(
  value: Value,
  index: number,
  { parameters, rest, strictness }: TerraformFunction,
): Value {
  const parameter: Parameter | undefined = parameters[index] ?? rest;
  if (parameter === undefined) return value;
  if (value === null && !parameter.allowsNull) {
    throw new ArgumentProblem(`argument ${index + 1} must not be null`);
  }
  const whole = strictness === 'deep' ? settled(value) : settledOuter(value);
  try {
    return convertValue(whole, parameter.type);
  } catch (error) {
    if (!(error instanceof ConversionProblem)) throw error;
    throw new ArgumentProblem(`argument ${index + 1}${error.path}: ${error.message}`);
  }
}

/** A module is the object of its outputs; a resource as a whole is not known. */
function settledOuter(value: Value): Value {
  if (!isLazyObject(value)) return value;
  return value.isComplete ? wholeOf(value) : unknownWhole(value);
}

function settled(value: Value): Value {
  if (!holdsLazyObject(value)) return value;
  const outer = settledOuter(value);
  if (isList(outer)) return outer.map(settled);
  if (isMap(outer)) return new Map([...outer].map(([name, item]) => [name, settled(item)]));
  return outer;
}

function holdsLazyObject(value: Value): boolean {
  if (isLazyObject(value)) return true;
  if (!isList(value) && !isMap(value)) return false;
  for (const item of value.values()) if (holdsLazyObject(item)) return true;
  return false;
}

const NO_FILES: ConfigurationFiles = {
  directory: '/',
  readFile: refuseFiles,
  listFiles: refuseFiles,
};

function refuseFiles(): never {
  throw new ArgumentProblem('no files are read here', { isLimit: true });
}

function problemAt(error: unknown, name: string, site: Site): unknown {
  if (!(error instanceof ArgumentProblem) && !(error instanceof ConversionProblem)) return error;
  const reason = `${name}: ${error.message}`;
  if (error instanceof ArgumentProblem && error.isLimit)
    return unresolved(site, { reason, nextStep: 'write the value out' });
  return invalid(site, { reason, nextStep: 'correct the expression', isTerraformsOwn: true });
}
