/**
 * Recognises what `terraform show -json` writes, and takes only what can be trusted as a whole: a finished, complete plan
 * in a format that is known. States, logs and unfinished plans are refused, each in a line that says what they are.
 */

import type { JsonObject, JsonValue } from '../configuration.ts';
import { fileError } from '../file-error.ts';
import type { ConfigurationText } from '../parse-file.ts';
import { arrayAt, isArray, isObject, member, objectAt, textAt } from './json.ts';

/** The plan that the text is; undefined where it is something else, a configuration most likely. */
export function planIn({ path, text }: ConfigurationText): JsonObject | undefined {
  if (!/"(format_version|terraform_version|@level)"/.test(text)) return undefined;
  const document = parsed(text);
  if (document === undefined) {
    if (/^\s*\{"@level":/.test(text)) throw refused(path, LOG);
    return undefined;
  }
  if (member(document, 'planned_values') !== undefined) return checkedPlan(path, document);
  if (isState(document)) throw refused(path, STATE);
  if (textAt(document, '@level') !== undefined) throw refused(path, LOG);
  return undefined;
}

const OF_A_PLAN = 'give the directory, or a plan (terraform plan -out=p; terraform show -json p > plan.json)';
const STATE = {
  reason: 'this is a state, which tells what was built and not what will be',
  nextStep: OF_A_PLAN,
};
const LOG = { reason: 'this is the log of terraform plan -json, not a plan', nextStep: OF_A_PLAN };

function isState(document: JsonObject): boolean {
  const version = textAt(document, 'format_version');
  if (version !== undefined) {
    return member(document, 'values') !== undefined || Object.keys(document).length === 1;
  }
  return typeof member(document, 'version') === 'number' && isArray(member(document, 'resources'));
}

function checkedPlan(path: string, plan: JsonObject): JsonObject {
  const version = textAt(plan, 'format_version') ?? 'without a number';
  if (!/^1\.\d+$/.test(version)) {
    const reason = `its format is version ${version}, and only 1.x is known`;
    throw refused(path, { reason, nextStep: 'make the plan with Terraform 1.1 or later, or with OpenTofu' });
  }
  if (member(plan, 'errored') === true) {
    const reason = 'the plan ended with an error, so that what it holds is not all';
    throw refused(path, { reason, nextStep: 'correct what terraform plan says, and plan again' });
  }
  if (member(plan, 'complete') === false) {
    const nextStep = 'plan all of it, without -target, or give the directory';
    throw refused(path, { reason: `the plan is not complete: ${leftOut(plan)}`, nextStep });
  }
  if (!isObject(member(plan, 'configuration'))) {
    const reason = 'it holds no configuration, so that nothing says what refers to what';
    throw refused(path, { reason, nextStep: OF_A_PLAN });
  }
  return plan;
}

function leftOut(plan: JsonObject): string {
  const deferred = arrayAt(plan, 'deferred_changes')
    .map((change) => textAt(objectAt(change, 'resource_change'), 'address'))
    .filter((address) => address !== undefined);
  const [first] = deferred;
  if (first === undefined) return 'it leaves resources out, as -target does';
  return deferred.length === 1
    ? `${first} is deferred`
    : `${first} and ${deferred.length - 1} more are deferred`;
}

function refused(path: string, problem: { readonly reason: string; readonly nextStep: string }): Error {
  return fileError('SIM_TERRAFORM_UNSUPPORTED', path, problem);
}

function parsed(text: string): JsonObject | undefined {
  try {
    const document = JSON.parse(text) as JsonValue;
    return isObject(document) ? document : undefined;
  } catch {
    return undefined;
  }
}
