/**
 * What every answer carries besides its content. An answer that is made with all of its headers at once costs a third of one on which they
 * are set one by one, so the routes with most requests do that; all others get what they lack at the end.
 */

import type { Context } from 'hono';
import type { GatewayEnv } from './request-record.ts';
import { securityHeaders } from './security-headers.ts';

export interface AnswerHeaders {
  /** By their names in lower case. What is added before the answer is made goes out with it. */
  readonly fields: Record<string, string>;
  /** Already has them. */
  complete?: Response;
}

export function openAnswerHeaders(requestId: string, isLast: boolean): AnswerHeaders {
  return {
    fields: {
      ...securityHeaders,
      'x-request-id': requestId,
      ...(isLast ? { connection: 'close' } : {}),
    },
  };
}

/** An answer of 200 with all of its headers. */
export function answerWith(
  context: Context<GatewayEnv>,
  body: string | ReadableStream<Uint8Array>,
  contentType: string,
): Response {
  const headers = context.get('headers');
  const response = new Response(body, { headers: { ...headers.fields, 'content-type': contentType } });
  headers.complete = response;
  return response;
}

/** Gives the answer, whoever made it, what it lacks. */
export function completeHeaders({ fields, complete }: AnswerHeaders, response: Response): void {
  if (response === complete) return;
  for (const name of Object.keys(fields)) response.headers.set(name, fields[name] ?? '');
}
