/** A failure of a whole file, where no address can be named. */

import { TerraformError } from './site.ts';

export function fileError(
  code: 'SIM_TERRAFORM_UNREADABLE' | 'SIM_TERRAFORM_INVALID' | 'SIM_TERRAFORM_UNSUPPORTED',
  path: string,
  problem: { readonly reason: string; readonly nextStep: string; readonly line?: number },
): TerraformError {
  const { reason, nextStep, line } = problem;
  const place = line === undefined ? path : `${path}:${line}`;
  const details = { file: path, ...(line !== undefined && { line }), reason };
  return new TerraformError(code, `could not read ${place}: ${reason}; ${nextStep}`, details, false);
}
