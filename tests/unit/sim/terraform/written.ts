/** Configurations written as objects, and the failures that tests look at. */

import { isDrydockError } from '../../../../sim/errors.ts';
import type { TerraformConfiguration } from '../../../../sim/terraform/configuration.ts';
import { createEvaluator } from '../../../../sim/terraform/evaluator.ts';
import { expandConfiguration } from '../../../../sim/terraform/expand-configuration.ts';
import { parseJsonFile } from '../../../../sim/terraform/parse-file.ts';
import { parseModule } from '../../../../sim/terraform/parse-module.ts';
import { collectProblems } from '../../../../sim/terraform/problems.ts';
import { siteOf } from '../../../../sim/terraform/site.ts';
import { isList, isMap, type Value } from '../../../../sim/terraform/value.ts';

export function configurationOf(document: object): TerraformConfiguration {
  const path = 'main.tf.json';
  const problems = collectProblems();
  const files = [parseJsonFile({ path, text: JSON.stringify(document, null, 1) }, problems)];
  const module = parseModule({ directory: '.', path: '.', files, overrides: [], unreadText: '' }, problems);
  const configuration = expandConfiguration(module, problems, { path, inputs: new Map() });
  problems.throwIfAny();
  return configuration;
}

/** What the template gives where it stands as `local.result`, maps as plain objects. */
export function evaluated(
  template: unknown,
  document: { readonly locals?: object; readonly [kind: string]: object | undefined } = {},
): unknown {
  const configuration = configurationOf({ ...document, locals: { ...document.locals, result: template } });
  const result = configuration.locals.get('local.result');
  if (result === undefined) throw new Error('local.result was not read');
  return plain(createEvaluator(configuration).evaluate(result.value ?? null, siteOf(result)));
}

export function plain(value: Value): unknown {
  if (isList(value)) return value.map(plain);
  if (!isMap(value)) return value;
  return Object.fromEntries([...value].map(([name, item]) => [name, plain(item)]));
}

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** The error of the project that `run` rejects with. */
export async function rejectionOf(run: () => Promise<unknown>): Promise<Failure> {
  try {
    await run();
  } catch (error) {
    return failureOf(() => {
      throw error;
    });
  }
  throw new Error('nothing was thrown');
}

/** The error of the project that `run` throws; anything else is thrown on. */
export function failureOf(run: () => unknown): Failure {
  try {
    run();
  } catch (error) {
    if (!isDrydockError(error)) throw error;
    return { code: error.code, message: error.message, details: error.details };
  }
  throw new Error('nothing was thrown');
}
