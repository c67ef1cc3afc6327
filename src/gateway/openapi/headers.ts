/** Header fields of requests and answers, for the document. Pure. */

import { requestIdPattern } from '../request-id.ts';

function field(description: string, schema: object = { type: 'string' }) {
  return { description, schema };
}

/** Of answers. */
const headers = {
  'x-request-id': field("The request's own, where it has a safe form, or one that was drawn.", {
    type: 'string',
    pattern: requestIdPattern,
  }),
  RateLimit: field(
    "What is left of the caller's limits (IETF draft, revision 10). Absent: nothing is limited.",
  ),
  'RateLimit-Policy': field('Those limits.'),
  'Retry-After': field('Seconds.', { type: 'integer', minimum: 0 }),
  'retry-after-ms': field('Milliseconds.', { type: 'integer', minimum: 0 }),
  'x-should-retry': field('There where a retry is of no use.', { const: 'false' }),
  'idempotency-replayed': field('There where the answer was made for an earlier request.', { const: 'true' }),
  'WWW-Authenticate': field('How to authenticate.'),
  'Accept-Signature': field('What to sign, where signatures are taken (RFC 9421).'),
  Allow: field('Methods that the address takes.'),
} as const;

export type HeaderName = keyof typeof headers;

export const headerComponents: Readonly<Record<string, object>> = headers;

export function headerRefs(names: readonly HeaderName[]): Readonly<Record<string, object>> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

/** Of requests. */
export const parameterComponents = {
  RequestId: {
    name: 'x-request-id',
    in: 'header',
    description: 'Comes back, and stands in the log. What has another form is replaced.',
    schema: { type: 'string', pattern: requestIdPattern },
  },
  TraceParent: {
    name: 'traceparent',
    in: 'header',
    description: 'W3C trace context.',
    schema: { type: 'string' },
  },
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description: 'The same request under the same key gets the same answer, or joins it.',
    schema: { type: 'string', minLength: 1 },
  },
} as const;

export function parameterRefs(names: readonly (keyof typeof parameterComponents)[]): readonly object[] {
  return names.map((name) => ({ $ref: `#/components/parameters/${name}` }));
}
