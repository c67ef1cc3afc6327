/** A plan from disk: a regular file of at most 50 MB, that is named and ends in `.json`. */

import { readFileSync, statSync } from 'node:fs';
import type { TerraformConfiguration } from '../configuration.ts';
import { fileError } from '../file-error.ts';
import { planIn } from './plan-document.ts';
import { readPlan } from './read-plan.ts';

const BYTES_MAX = 50_000_000;

/**
 * Undefined where the file is no plan; why it cannot be read is told by whoever reads it then.
 * @throws SIM_TERRAFORM_UNSUPPORTED for a state, for a plan that is not finished, and for variables beside a plan.
 */
export function readPlanFile(
  path: string,
  given: { readonly hasVariables: boolean },
): TerraformConfiguration | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!path.endsWith('.json') || !stats?.isFile()) return undefined;
  if (stats.size > BYTES_MAX) {
    const reason = `it is larger than ${BYTES_MAX} bytes`;
    throw fileError('SIM_TERRAFORM_UNREADABLE', path, { reason, nextStep: 'give the directory' });
  }
  const text = textOf(path);
  const plan = text === undefined ? undefined : planIn({ path, text });
  if (text === undefined || plan === undefined) return undefined;
  if (given.hasVariables) {
    const reason = 'a plan holds the values of its variables already';
    const nextStep = 'leave out --var and --var-file, or give the directory';
    throw fileError('SIM_TERRAFORM_UNSUPPORTED', path, { reason, nextStep });
  }
  return readPlan({ path, text, plan });
}

function textOf(path: string): string | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    return text.startsWith('\uFEFF') ? text.slice(1) : text;
  } catch {
    return undefined;
  }
}
