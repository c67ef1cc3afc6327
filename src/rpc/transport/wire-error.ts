/** Errors on their way between worker and gateway: known codes pass, everything else is RPC_GENERATION_FAILED. */
import { DrydockError, isDrydockError, type RpcErrorCode } from '../errors.ts';

export interface WireError {
  readonly code: string;
  readonly message: string;
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
  if (isDrydockError(error) && isRpcErrorCode(error.code))
    return { code: error.code, message: error.message };
  return generationFailed;
}

export function fromWireError(error: WireError): DrydockError<RpcErrorCode> {
  const { code, message } = isRpcErrorCode(error.code) ? { ...error, code: error.code } : generationFailed;
  return new DrydockError(code, message.slice(0, messageCharactersMax));
}

const generationFailed = {
  code: 'RPC_GENERATION_FAILED',
  message: 'could not generate: the worker failed; send the request again',
} as const;
