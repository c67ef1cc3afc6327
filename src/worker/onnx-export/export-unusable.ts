/** Why an export's graph was not loaded, as one line for whoever named it. */

import { DrydockError } from '../../rpc/errors.ts';
import type { WorkerErrorCode } from '../errors.ts';
import { reasonOf } from '../runtime/reason-of.ts';

const instead = 'use a text model exported with its cache, or the same model as GGUF or safetensors';

/** @param cause as the thread that loads it throws it: a class of its own is lost on the way, its name is not. */
export function exportUnusable(graph: string, cause: unknown): DrydockError {
  const isForeign = cause instanceof Error && cause.name === 'ForeignExport';
  const reason = plainReason(reasonOf(cause));
  return new DrydockError<WorkerErrorCode>(
    isForeign ? 'WORKER_MODEL_UNSUPPORTED' : 'WORKER_MODEL_FILE_INVALID',
    `could not use the ONNX export ${graph}: ${reason}; ${isForeign ? instead : 'fetch it and the files beside it again'}`,
    { cause, details: { file: graph } },
  );
}

/** The engine's words without the path that the line has already, and without the places in its own sources. */
function plainReason(text: string): string {
  const plain = text
    .replace(/^Load model from .* failed:/, '')
    .replace(/^Exception during initialization: /, '')
    .replace(/\/onnxruntime_src\/\S+ [^()]*\((?:[^()]|\([^()]*\))*\) /, '')
    .replace(/\[ONNXRuntimeError\] : \d+ : \w+ : /, '')
    .replace(/\w+\.cc:\d+ \w+ /, '')
    .replace(/\.$/, '');
  return plain.length > 300 ? `${plain.slice(0, 300)}...` : plain;
}
