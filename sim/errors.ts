/**
 * The one error shape of the simulator. `src/rpc/errors.ts` is its twin (the two trees may not import
 * each other); a test keeps the shapes equal and the codes disjoint.
 */

/** Codes of the simulator. */
export type SimErrorCode =
  | 'SIM_TERRAFORM_UNREADABLE'
  | 'SIM_TERRAFORM_INVALID'
  | 'SIM_TERRAFORM_UNRESOLVED'
  | 'SIM_TERRAFORM_UNSUPPORTED'
  | 'SIM_TERRAFORM_PROBLEMS'
  | 'SIM_ENDPOINT_UNKNOWN'
  | 'SIM_POLICY_INVALID'
  | 'SIM_LAUNCH_CONTRACT_BROKEN'
  | 'SIM_TOOL_MISSING'
  | 'SIM_NAMESPACES_REFUSED'
  | 'SIM_FABRIC_FAILED'
  | 'SIM_RELOAD_FAILED'
  | 'SIM_CONTROL_FAILED'
  | 'SIM_NODE_FAILED'
  | 'SIM_NODE_NOT_READY'
  | 'SIM_PORT_TAKEN'
  | 'SIM_ANSWER_INCOMPLETE'
  | 'SIM_PACKET_NOT_REFUSED'
  | 'SIM_MODEL_FAILED'
  | 'SIM_DIFFER_INCOMPLETE'
  | 'SIM_DRILL_FAILED'
  | 'SIM_INPUT_INVALID';

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
