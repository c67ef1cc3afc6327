/**
 * What input variables hold: what is given from outside or by the module call, else the default; converted to the
 * declared type, and checked by its `validation` blocks. A value is never part of a message.
 */

import type { InputVariable, JsonObject, JsonValue } from './configuration.ts';
import { constantOf } from './constant.ts';
import type { Evaluation } from './evaluator.ts';
import { absent } from './root-values.ts';
import { addressIn, type ModuleInstance, type Scope } from './scope.ts';
import { invalid, placeOf, type Site, siteOf, siteOfStep, TerraformError } from './site.ts';
import { convertToType } from './types/convert-to-type.ts';
import { parseTypeConstraint } from './types/parse-type-constraint.ts';
import { isSymbolic, toBoolean, toText, type Value } from './value.ts';

/** A value from a variable file, with its place, or the text of `-var`. */
export type VariableInput =
  | { readonly kind: 'written'; readonly raw: JsonValue; readonly site: Site }
  | { readonly kind: 'text'; readonly text: string };

/** Of the root module, by name. */
export type VariableInputs = ReadonlyMap<string, VariableInput>;

export function variableOf(
  evaluation: Evaluation,
  request: {
    readonly module: ModuleInstance;
    readonly name: string;
    readonly site: Site;
    readonly known: Map<string, Value>;
  },
): Value {
  const { module, name, site, known } = request;
  const variable = module.module.variables.get(`var.${name}`);
  if (variable === undefined) return absent(module.module, `var.${name}`, site);
  const address = addressIn(module, variable.address);
  return evaluation.follow(known, { name: address, site }, () => {
    const declared = siteOf({ ...variable, address, scope: { module } });
    const given = givenValue(evaluation, { module, variable, name, declared });
    if (given === undefined || (given.value === null && !isNullable(variable))) {
      return defaultOf(evaluation, { module, variable, name, declared });
    }
    return converted(given.value, variable, given.site, declared);
  });
}

interface Declaration {
  readonly module: ModuleInstance;
  readonly variable: InputVariable;
  readonly name: string;
  readonly declared: Site;
}

interface Given {
  readonly value: Value;
  readonly site: Site;
}

function givenValue(evaluation: Evaluation, declaration: Declaration): Given | undefined {
  const { module, variable, name, declared } = declaration;
  if (module.caller !== undefined) {
    const { call, scope } = module.caller;
    const raw = Object.hasOwn(call.body, name) ? call.body[name] : undefined;
    if (raw === undefined) return undefined;
    const site = siteOfStep(siteOf({ ...call, address: module.address, scope }), name);
    return { value: evaluation.evaluate(raw, site), site };
  }
  const input = evaluation.inputs.get(name);
  if (input?.kind === 'written') {
    return { value: constantOf(evaluation, input.raw, input.site), site: input.site };
  }
  return input && { value: textValue(evaluation, variable, input.text, declared), site: declared };
}

/** Terraform takes the text as it is for a string, number, bool or undeclared type, and as an expression for others. */
function textValue(evaluation: Evaluation, variable: InputVariable, text: string, declared: Site): Value {
  const type = typeTextOf(variable.body)?.trim() ?? 'string';
  if (['string', 'number', 'bool'].includes(type)) return text;
  return constantOf(evaluation, `\${${text}}`, {
    ...declared,
    source: { ...declared.source, syntax: 'hcl' },
  });
}

function defaultOf(evaluation: Evaluation, { module, variable, name, declared }: Declaration): Value {
  const raw = variable.body.default;
  const site = siteOfStep(declared, 'default');
  if (raw !== undefined) return converted(constantOf(evaluation, raw, site), variable, site, declared);
  if (module.caller !== undefined) {
    const { call, scope } = module.caller;
    const reason = `${name} is missing, which the module requires`;
    throw invalid(siteOf({ ...call, address: module.address, scope }), { reason, nextStep: `set ${name}` });
  }
  const nextStep = `set it with --var ${name}=… or in a variable file`;
  throw invalid(declared, { reason: 'it has no default and is not set', nextStep });
}

function isNullable(variable: InputVariable): boolean {
  return variable.body.nullable !== false;
}

function converted(value: Value, variable: InputVariable, site: Site, declared: Site): Value {
  const text = typeTextOf(variable.body);
  if (text === undefined || value === null) return value;
  return convertToType(value, parseTypeConstraint(text, siteOfStep(declared, 'type')), site);
}

/** HCL writes it bare, which hcl2json wraps; JSON as a text. */
function typeTextOf(body: JsonObject): string | undefined {
  const { type } = body;
  if (typeof type !== 'string') return undefined;
  return /^\$\{(.*)\}$/s.exec(type)?.[1] ?? type;
}

/** Checks a variable's own conditions; one that is not known before apply is left to AWS, as Terraform does. */
export function validateVariable(
  evaluation: Evaluation,
  options: {
    readonly module: ModuleInstance;
    readonly variable: InputVariable;
    readonly hidesValues: boolean;
  },
): void {
  const { module, variable, hidesValues } = options;
  const scope: Scope = { module };
  const declared = siteOf({ ...variable, address: addressIn(module, variable.address), scope });
  const { validation } = variable.body;
  const rules = Array.isArray(validation) ? (validation as readonly JsonValue[]) : [validation ?? null];
  for (const [index, rule] of rules.entries()) {
    if (typeof rule !== 'object' || rule === null || Array.isArray(rule)) continue;
    const step = siteOfStep(declared, 'validation');
    const site = Array.isArray(validation) ? siteOfStep(step, index) : step;
    checkRule(evaluation, { rule: rule as JsonObject, site, declared, hidesValues });
  }
}

function checkRule(
  evaluation: Evaluation,
  check: {
    readonly rule: JsonObject;
    readonly site: Site;
    readonly declared: Site;
    readonly hidesValues: boolean;
  },
): void {
  const { rule, site, declared, hidesValues } = check;
  const condition = evaluation.evaluate(rule.condition ?? null, siteOfStep(site, 'condition'));
  if (isSymbolic(condition) || toBoolean(condition) === true) return;
  const raw = typeof rule.error_message === 'string' ? rule.error_message : 'its condition does not hold';
  const text = hidesValues ? raw : messageOf(evaluation, raw, siteOfStep(site, 'error_message'));
  const { line } = placeOf(site);
  throw invalid(declared, {
    reason: `its value is refused by the validation on line ${line}: ${text.trim().replace(/\.$/, '')}`,
    nextStep: 'give another value',
  });
}

function messageOf(evaluation: Evaluation, raw: string, site: Site): string {
  try {
    return toText(evaluation.evaluate(raw, site)) ?? raw;
  } catch (error) {
    if (error instanceof TerraformError) return raw;
    throw error;
  }
}
