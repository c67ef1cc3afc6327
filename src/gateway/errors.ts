/** Codes of the gateway. The error shape is that of `src/rpc/errors.ts`. */

/** Failures of one request. Each has its row in `http-errors.ts`. */
export type GatewayRequestErrorCode =
  | 'GATEWAY_UNAUTHENTICATED'
  | 'GATEWAY_ADDRESS_REFUSED'
  | 'GATEWAY_FORBIDDEN'
  | 'GATEWAY_ISSUER_UNREACHABLE'
  | 'GATEWAY_ROUTE_UNKNOWN'
  | 'GATEWAY_METHOD_NOT_ALLOWED'
  | 'GATEWAY_REQUEST_UNREADABLE'
  | 'GATEWAY_CONTENT_TYPE_UNSUPPORTED'
  | 'GATEWAY_BODY_TOO_LARGE'
  | 'GATEWAY_BODY_TOO_SLOW'
  | 'GATEWAY_BODY_INCOMPLETE'
  | 'GATEWAY_JSON_INVALID'
  | 'GATEWAY_PARAM_INVALID'
  | 'GATEWAY_PARAM_UNSUPPORTED'
  | 'GATEWAY_MODEL_FORBIDDEN'
  | 'GATEWAY_RATE_LIMITED'
  | 'GATEWAY_QUOTA_EXHAUSTED'
  | 'GATEWAY_LIMITS_UNAVAILABLE'
  | 'GATEWAY_IDEMPOTENCY_KEY_INVALID'
  | 'GATEWAY_IDEMPOTENCY_KEY_REUSED'
  | 'GATEWAY_IDEMPOTENCY_RESULT_GONE'
  | 'GATEWAY_AUDIT_UNAVAILABLE'
  | 'GATEWAY_EMBEDDINGS_UNSERVED'
  | 'GATEWAY_BUSY'
  | 'GATEWAY_CLIENT_LEFT'
  | 'GATEWAY_SHUTTING_DOWN';

/** Failures of the start: the program exits 2. */
export type GatewayStartErrorCode =
  | 'GATEWAY_CONFIG_INVALID'
  | 'GATEWAY_KEYS_INVALID'
  | 'GATEWAY_LIMITS_INVALID'
  | 'GATEWAY_AUDIT_INVALID'
  | 'GATEWAY_TLS_INVALID'
  | 'GATEWAY_PORT_TAKEN'
  | 'GATEWAY_LISTEN_FAILED';

/** Failures beside requests: a log line, or the answer of a command. */
export type GatewayOtherErrorCode = 'GATEWAY_AUDIT_STORE_DIFFERS' | 'GATEWAY_AUDIT_UNREADABLE';

export type GatewayErrorCode = GatewayRequestErrorCode | GatewayStartErrorCode | GatewayOtherErrorCode;
