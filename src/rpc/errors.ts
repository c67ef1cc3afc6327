/**
 * The one error shape of the service programs. `sim/errors.ts` is its twin (the two trees may not import
 * each other); a test keeps the shapes equal and the codes disjoint.
 */

/** Codes of the RPC layer. Each top folder of `src` adds a union of its own. */
export type RpcErrorCode =
  | 'RPC_NO_WORKER'
  | 'RPC_MODEL_UNKNOWN'
  | 'RPC_WORKER_BUSY'
  | 'RPC_WORKER_LOST'
  | 'RPC_DEADLINE_EXCEEDED'
  | 'RPC_CANCELLED'
  | 'RPC_REQUEST_INVALID'
  | 'RPC_FRAME_INVALID'
  | 'RPC_CONSUMER_TOO_SLOW'
  | 'RPC_ENGINE_UNREACHABLE'
  | 'RPC_ENGINE_LISTEN_FAILED'
  | 'RPC_CONFIG_INVALID'
  | 'RPC_GENERATION_FAILED';

const framesMax = 10;

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

/**
 * What may be logged of an error. A foreign one's message may quote what it failed on, a prompt or a key, so only its
 * name, its code and its place are given.
 */
export function describeError(error: unknown): Readonly<Record<string, unknown>> {
  if (isDrydockError(error)) return { code: error.code, reason: error.message };
  if (!(error instanceof Error)) return { code: 'UNEXPECTED', reason: typeof error };
  const foreignCode = 'code' in error && isWord(error.code) ? { foreignCode: error.code } : {};
  const reason = isWord(error.name) ? error.name : 'Error';
  return { code: 'UNEXPECTED', reason, ...foreignCode, stack: framesOf(error) };
}

function isWord(value: unknown): value is string {
  return typeof value === 'string' && /^\w{1,64}$/.test(value);
}

/** None where the stack does not begin with the message, for lines of a message may look like frames. */
function framesOf({ stack, message }: Error): readonly string[] {
  const lines = (stack ?? '').split('\n');
  const headLines = message.split('\n').length;
  if (!lines.slice(0, headLines).join('\n').endsWith(message)) return [];
  return lines
    .slice(headLines)
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '))
    .slice(0, framesMax);
}

export function isDrydockError(error: unknown): error is DrydockError {
  return error instanceof Error && error.name === 'DrydockError' && 'code' in error;
}
