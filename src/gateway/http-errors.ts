/**
 * What a client sees of an error: status, OpenAI's envelope and headers, from one table that is complete by type.
 * Texts about the inside (workers, engines, unexpected errors) are replaced by the table's; only what is about the
 * client's own request passes through.
 */

import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { isDrydockError, type RpcErrorCode } from '../rpc/errors.ts';
import type { GatewayRequestErrorCode } from './errors.ts';

/** OpenAI's `ErrorResponse`: all four fields are always there. */
export interface ErrorEnvelope {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string | null;
  };
}

export interface HttpError {
  readonly status: ContentfulStatusCode;
  readonly envelope: ErrorEnvelope;
  readonly headers: Readonly<Record<string, string>>;
  /** Our own code, for the log. `undefined`: an error nobody foresaw. */
  readonly errorCode: string | undefined;
}

interface Row {
  readonly status: ContentfulStatusCode;
  readonly type: 'invalid_request_error' | 'rate_limit_error' | 'server_error';
  readonly code: string;
  /** Absent: the error's own text. */
  readonly message?: string;
  readonly retryAfterSeconds?: number;
  /** Clients need not try again by themselves, whatever the status says. */
  readonly isFinal?: true;
}

const noWorker: Row = {
  status: 503,
  type: 'server_error',
  code: 'no_worker',
  message: 'could not answer the request: no worker is ready; retry later',
  retryAfterSeconds: 5,
};

const workerLost: Row = {
  status: 502,
  type: 'server_error',
  code: 'worker_lost',
  message: 'could not finish the answer: the worker that wrote it was lost; send the request again',
};

const internal: Row = {
  status: 500,
  type: 'server_error',
  code: 'internal_error',
  message: 'could not answer the request: an unexpected error; quote the x-request-id when you report it',
};

function refusal(status: ContentfulStatusCode, code: string): Row {
  return { status, type: 'invalid_request_error', code };
}

const rows: Readonly<Record<RpcErrorCode | GatewayRequestErrorCode, Row>> = {
  GATEWAY_UNAUTHENTICATED: refusal(401, 'invalid_api_key'),
  GATEWAY_ADDRESS_REFUSED: refusal(403, 'address_not_allowed'),
  GATEWAY_FORBIDDEN: refusal(403, 'forbidden'),
  GATEWAY_ISSUER_UNREACHABLE: {
    status: 503,
    type: 'server_error',
    code: 'authentication_unavailable',
    retryAfterSeconds: 5,
  },
  GATEWAY_ROUTE_UNKNOWN: refusal(404, 'unknown_url'),
  GATEWAY_METHOD_NOT_ALLOWED: refusal(405, 'method_not_allowed'),
  GATEWAY_REQUEST_UNREADABLE: refusal(400, 'unreadable_request'),
  GATEWAY_CONTENT_TYPE_UNSUPPORTED: refusal(415, 'unsupported_media_type'),
  GATEWAY_BODY_TOO_LARGE: refusal(413, 'request_too_large'),
  GATEWAY_BODY_TOO_SLOW: refusal(408, 'request_timeout'),
  GATEWAY_BODY_INCOMPLETE: refusal(400, 'incomplete_body'),
  GATEWAY_JSON_INVALID: refusal(400, 'invalid_json'),
  GATEWAY_PARAM_INVALID: refusal(400, 'invalid_value'),
  GATEWAY_PARAM_UNSUPPORTED: refusal(400, 'unsupported_parameter'),
  GATEWAY_MODEL_FORBIDDEN: refusal(403, 'model_not_allowed'),
  GATEWAY_RATE_LIMITED: { status: 429, type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  GATEWAY_QUOTA_EXHAUSTED: { status: 429, type: 'rate_limit_error', code: 'insufficient_quota' },
  GATEWAY_LIMITS_UNAVAILABLE: {
    status: 503,
    type: 'server_error',
    code: 'limits_unavailable',
    retryAfterSeconds: 5,
  },
  GATEWAY_IDEMPOTENCY_KEY_INVALID: refusal(400, 'idempotency_key_invalid'),
  GATEWAY_IDEMPOTENCY_KEY_REUSED: refusal(422, 'idempotency_key_reused'),
  GATEWAY_IDEMPOTENCY_RESULT_GONE: refusal(409, 'idempotency_result_gone'),
  GATEWAY_AUDIT_UNAVAILABLE: {
    status: 503,
    type: 'server_error',
    code: 'audit_unavailable',
    retryAfterSeconds: 5,
  },
  GATEWAY_EMBEDDINGS_UNSERVED: { ...refusal(501, 'embeddings_not_served'), isFinal: true },
  GATEWAY_BUSY: { status: 429, type: 'rate_limit_error', code: 'gateway_busy', retryAfterSeconds: 1 },
  // Nobody reads this answer; the status is for the log.
  GATEWAY_CLIENT_LEFT: refusal(400, 'client_left'),
  GATEWAY_SHUTTING_DOWN: { status: 503, type: 'server_error', code: 'shutting_down', retryAfterSeconds: 1 },
  RPC_NO_WORKER: noWorker,
  RPC_ENGINE_UNREACHABLE: noWorker,
  RPC_MODEL_UNKNOWN: {
    ...refusal(404, 'model_not_found'),
    message: 'could not find the model: no worker serves a model of that name; see GET /v1/models',
  },
  RPC_WORKER_BUSY: {
    status: 429,
    type: 'rate_limit_error',
    code: 'workers_busy',
    message: 'could not start the answer: every worker that has the model is busy; retry later',
    retryAfterSeconds: 1,
  },
  RPC_OVERLOADED: {
    status: 503,
    type: 'server_error',
    code: 'overloaded',
    message: 'could not start the answer: too many requests wait for a worker; retry later',
    retryAfterSeconds: 1,
  },
  RPC_WORKER_LOST: workerLost,
  RPC_FRAME_INVALID: workerLost,
  RPC_DEADLINE_EXCEEDED: {
    status: 504,
    type: 'server_error',
    code: 'deadline_exceeded',
    message: 'could not finish the answer: its time is over; ask for fewer tokens or retry later',
  },
  RPC_CONSUMER_TOO_SLOW: {
    ...refusal(408, 'client_too_slow'),
    message: 'could not finish the answer: too much of it waits to be read; read the stream faster',
  },
  RPC_REQUEST_INVALID: refusal(400, 'request_refused'),
  RPC_GENERATION_FAILED: {
    status: 500,
    type: 'server_error',
    code: 'generation_failed',
    message: 'could not finish the answer: the worker failed; retry later',
  },
  RPC_UNSUPPORTED: {
    ...refusal(501, 'not_supported'),
    message: 'could not serve the request: no worker that has the model can do that; ask for another model',
    isFinal: true,
  },
  RPC_CANCELLED: internal,
  RPC_ENGINE_LISTEN_FAILED: internal,
  RPC_CONFIG_INVALID: internal,
};

/** `type` and `code` that a client may see, by the status that they come with. */
export function errorsByStatus(): ReadonlyMap<
  number,
  readonly { readonly type: string; readonly code: string }[]
> {
  const byStatus = Map.groupBy(Object.values(rows), ({ status }) => status as number);
  return new Map(
    [...byStatus]
      .toSorted(([one], [other]) => one - other)
      .map(([status, all]) => [status, [...new Map(all.map((row) => [row.code, row])).values()]]),
  );
}

function isKnown(code: string): code is keyof typeof rows {
  return Object.hasOwn(rows, code);
}

/** @returns the answer for any thrown value; nothing of an unforeseen error reaches the client. */
export function explainError(error: unknown): HttpError {
  const known = isDrydockError(error) && isKnown(error.code) ? { error, code: error.code } : undefined;
  const row = known === undefined ? internal : rows[known.code];
  const details = known?.error.details ?? {};
  return {
    status: row.status,
    envelope: {
      error: {
        message: row.message ?? known?.error.message ?? '',
        type: row.type,
        param: paramOf(known?.code, details),
        code: row.code,
      },
    },
    headers: headersOf(row, details),
    errorCode: known?.code,
  };
}

function paramOf(code: string | undefined, details: Readonly<Record<string, unknown>>): string | null {
  if (code === 'RPC_MODEL_UNKNOWN' || code === 'GATEWAY_MODEL_FORBIDDEN') return 'model';
  return typeof details.param === 'string' ? details.param : null;
}

function headersOf(row: Row, details: Readonly<Record<string, unknown>>): Record<string, string> {
  const headers: Record<string, string> = {};
  const retryAfterMs = retryAfterMsOf(row, details);
  if (retryAfterMs !== undefined) {
    // RFC 9110 §10.2.3 lets Retry-After be a date. Clients in the field mishandle it, so we always send seconds.
    headers['retry-after'] = String(Math.ceil(retryAfterMs / 1000));
    // Of OpenAI's clients, which prefer it.
    headers['retry-after-ms'] = String(Math.ceil(retryAfterMs));
  }
  if (details.shouldRetry === false || row.isFinal) headers['x-should-retry'] = 'false';
  // RFC 9110 §15.5.6 and §15.5.2: a 405 says what is allowed, a 401 says how to authenticate.
  if (typeof details.allow === 'string') headers.allow = details.allow;
  if (typeof details.challenge === 'string') headers['www-authenticate'] = details.challenge;
  if (typeof details.acceptSignature === 'string') headers['accept-signature'] = details.acceptSignature;
  return headers;
}

function retryAfterMsOf(row: Row, details: Readonly<Record<string, unknown>>): number | undefined {
  if (typeof details.retryAfterMs === 'number') return details.retryAfterMs;
  return row.retryAfterSeconds === undefined ? undefined : row.retryAfterSeconds * 1000;
}
