/** Errors of the document, from the table that makes them. Pure. */

import { errorsByStatus } from '../http-errors.ts';
import { headerRefs } from './headers.ts';

const texts: Readonly<Record<number, string>> = {
  400: 'The request is not valid; `param` names the field.',
  401: 'Credentials are missing or not valid.',
  403: 'Credentials do not reach that far, or the address is not allowed.',
  404: 'There is nothing of that name.',
  405: 'The address does not take the method.',
  408: 'The client was too slow.',
  409: 'The answer under this idempotency key is no longer there.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  422: 'Another body was sent under this idempotency key.',
  429: 'Too much at once.',
  500: 'Something failed here.',
  501: 'Not served.',
  502: 'The worker was lost.',
  503: 'Nobody can answer now.',
  504: 'The time is over.',
};

const headersOf: Readonly<Record<number, readonly Parameters<typeof headerRefs>[0][number][]>> = {
  401: ['WWW-Authenticate', 'Accept-Signature'],
  405: ['Allow'],
  429: ['Retry-After', 'retry-after-ms', 'x-should-retry', 'RateLimit', 'RateLimit-Policy'],
  501: ['x-should-retry'],
  503: ['Retry-After', 'retry-after-ms'],
};

/** By their names in the document. */
export function errorResponses(): Readonly<Record<string, object>> {
  return Object.fromEntries(
    [...errorsByStatus()].map(([status, errors]) => [
      errorName(status),
      {
        description: texts[status] ?? 'An error.',
        headers: headerRefs(['x-request-id', ...(headersOf[status] ?? [])]),
        content: { 'application/json': { schema: errorSchema(errors) } },
      },
    ]),
  );
}

/** @param statuses those that an operation may answer with. */
export function errorRefs(statuses: readonly number[] | 'all'): Readonly<Record<number, object>> {
  const known = [...errorsByStatus().keys()];
  // A known address answers 405 to other methods, which are no operations; and 501 is of those that say so.
  const wanted = statuses === 'all' ? known.filter((status) => status !== 405 && status !== 501) : statuses;
  return Object.fromEntries(
    wanted.map((status) => [status, { $ref: `#/components/responses/${errorName(status)}` }]),
  );
}

function errorName(status: number): string {
  return `Error${status}`;
}

/** OpenAI's envelope: all four fields are always there. */
function errorSchema(errors: readonly { readonly type: string; readonly code: string }[]) {
  const error = {
    type: 'object',
    properties: {
      message: { type: 'string' },
      type: { enum: [...new Set(errors.map(({ type }) => type))] },
      param: { type: ['string', 'null'], description: 'The field that is meant.' },
      code: { enum: errors.map(({ code }) => code) },
    },
    required: ['message', 'type', 'param', 'code'],
    additionalProperties: false,
  };
  return { type: 'object', properties: { error }, required: ['error'], additionalProperties: false };
}
