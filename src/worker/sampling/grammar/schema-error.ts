/** How a schema is refused, of a response format or of a function. Messages name keywords, never what a request wrote beside them. */

import { DrydockError } from '../../../rpc/errors.ts';
import type { WorkerErrorCode } from '../../errors.ts';

export function schemaInvalid(reason: string, nextStep: string): DrydockError {
  return new DrydockError<WorkerErrorCode>(
    'WORKER_SCHEMA_INVALID',
    `could not read the schema: ${reason}; ${nextStep}`,
  );
}

/** @param keyword of JSON Schema, or a form of one, that we would have to ignore. */
export function schemaUnsupported(keyword: string, nextStep = 'leave it out'): DrydockError {
  const name = keyword.length > 64 ? `${keyword.slice(0, 64)}…` : keyword;
  return new DrydockError<WorkerErrorCode>(
    'WORKER_SCHEMA_UNSUPPORTED',
    `could not enforce the schema: '${name}' is not supported; ${nextStep}`,
    { details: { keyword: name } },
  );
}
