/**
 * The expected failures of the synthesis. Same shape as the error of `src/rpc/errors.ts`, which this folder
 * may not import: it reads constants of the wire contract and nothing else.
 */

export type InfraErrorCode = 'INFRA_ENVIRONMENT_INVALID' | 'INFRA_ARGUMENT_UNKNOWN' | 'INFRA_SYNTH_STALE';

/** The message reads "could not <verb> <object>: <reason>; <next step>". */
export class DrydockError<Code extends string = InfraErrorCode> extends Error {
  override readonly name = 'DrydockError';
  readonly code: Code;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: Code,
    message: string,
    options: { readonly cause?: unknown; readonly details?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}
