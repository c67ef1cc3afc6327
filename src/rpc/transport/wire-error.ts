/** Errors on their way between worker and gateway: known codes pass, everything else is RPC_GENERATION_FAILED. */
import { DrydockError, isDrydockError, type RpcErrorCode } from '../errors.ts';

export interface WireError {
  readonly code: string;
  readonly message: string;
  /** The field of the request that is at fault. */
  readonly param?: string | undefined;
}

const knownCodes: Readonly<Record<RpcErrorCode, true>> = {
  RPC_NO_WORKER: true,
  RPC_MODEL_UNKNOWN: true,
  RPC_WORKER_BUSY: true,
  RPC_OVERLOADED: true,
  RPC_WORKER_LOST: true,
  RPC_DEADLINE_EXCEEDED: true,
  RPC_CANCELLED: true,
  RPC_REQUEST_INVALID: true,
  RPC_FRAME_INVALID: true,
  RPC_CONSUMER_TOO_SLOW: true,
  RPC_ENGINE_UNREACHABLE: true,
  RPC_ENGINE_LISTEN_FAILED: true,
  RPC_CONFIG_INVALID: true,
  RPC_GENERATION_FAILED: true,
  RPC_UNSUPPORTED: true,
};

const messageCharactersMax = 500;

export function isRpcErrorCode(code: string): code is RpcErrorCode {
  return Object.hasOwn(knownCodes, code);
}

export function toWireError(error: unknown): WireError {
  if (!isDrydockError(error) || !isRpcErrorCode(error.code)) return generationFailed;
  const { code, message, details } = error;
  return { code, message, ...(typeof details.param === 'string' ? { param: details.param } : {}) };
}

export function fromWireError(error: WireError): DrydockError<RpcErrorCode> {
  if (!isRpcErrorCode(error.code)) return new DrydockError(generationFailed.code, generationFailed.message);
  const details = error.param === undefined ? {} : { param: error.param };
  return new DrydockError(error.code, error.message.slice(0, messageCharactersMax), { details });
}

const generationFailed = {
  code: 'RPC_GENERATION_FAILED',
  message: 'could not generate: the worker failed; send the request again',
} as const;
