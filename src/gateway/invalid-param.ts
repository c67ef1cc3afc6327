/** Refusals of a body, with the name of the field. No message quotes a value of the client's, nor a name that it made up. */

import type { z } from 'zod';
import { DrydockError } from '../rpc/errors.ts';
import type { GatewayErrorCode } from './errors.ts';

/** @param param `undefined`: the whole body. */
export function invalidParam(param: string | undefined, reason: string): DrydockError<GatewayErrorCode> {
  return new DrydockError<GatewayErrorCode>(
    'GATEWAY_PARAM_INVALID',
    `could not accept the request: ${param === undefined ? 'the body' : `"${param}"`} ${reason}`,
    { details: param === undefined ? {} : { param } },
  );
}

export function invalidIssue(issue: z.core.$ZodIssue | undefined): DrydockError<GatewayErrorCode> {
  const { path, reason } = innermost(issue);
  return invalidParam(path.length === 0 ? undefined : formatParam(path), reason);
}

interface Finding {
  readonly path: readonly PropertyKey[];
  readonly reason: string;
}

/** The alternative of a union that matched furthest tells the client most. */
function innermost(issue: z.core.$ZodIssue | undefined): Finding {
  if (issue === undefined) return { path: [], reason: 'is not valid' };
  const own: Finding = { path: issue.path, reason: reasonOf(issue) };
  if (issue.code !== 'invalid_union') return own;
  const inner = issue.errors
    .map(([first]) => innermost(first))
    .reduce<Finding>((best, next) => (next.path.length > best.path.length ? next : best), {
      path: [],
      reason: '',
    });
  return inner.path.length === 0 ? own : { path: [...issue.path, ...inner.path], reason: inner.reason };
}

function reasonOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) return 'is missing';
  // zod's own texts begin like this and name types and bounds, never values.
  return issue.message.replace(/^(Invalid input|Too small|Too big): /, 'is not valid: ');
}

function formatParam(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`,
    )
    .join('');
}
