/**
 * The one error shape of the service programs. `sim/errors.ts` is its twin (the two trees may not import
 * each other); a test keeps the shapes equal and the codes disjoint.
 */

/** Codes of the RPC layer. Each top folder of `src` adds a union of its own. */
export type RpcErrorCode =
  | 'RPC_NO_WORKER'
  | 'RPC_MODEL_UNKNOWN'
  | 'RPC_WORKER_BUSY'
  /** The queue is full, or its time is over: `details.retryAfterMs` says when to come again. */
  | 'RPC_OVERLOADED'
  | 'RPC_WORKER_LOST'
  | 'RPC_DEADLINE_EXCEEDED'
  | 'RPC_CANCELLED'
  | 'RPC_REQUEST_INVALID'
  | 'RPC_FRAME_INVALID'
  | 'RPC_CONSUMER_TOO_SLOW'
  | 'RPC_ENGINE_UNREACHABLE'
  | 'RPC_ENGINE_LISTEN_FAILED'
  | 'RPC_CONFIG_INVALID'
  | 'RPC_GENERATION_FAILED'
  /** Nobody who has the model can do that. */
  | 'RPC_UNSUPPORTED';

export interface DrydockErrorOptions {
  readonly cause?: unknown;
  /** Facts for a program: never a secret, token, key or prompt. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * An expected failure with a stable code.
 * The message reads "could not <verb> <object>: <reason>; <next step>".
 */
export class DrydockError<Code extends string = string> extends Error {
  override readonly name = 'DrydockError';
  readonly code: Code;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: Code, message: string, options: DrydockErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}

export function isDrydockError(error: unknown): error is DrydockError {
  return error instanceof Error && error.name === 'DrydockError' && 'code' in error;
}
