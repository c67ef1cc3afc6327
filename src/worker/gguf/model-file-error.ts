/** The two ways in which a model file can be refused, worded alike everywhere. */

import { DrydockError } from '../../rpc/errors.ts';
import type { WorkerErrorCode } from '../errors.ts';

/** The file breaks the format: truncated, corrupt, or not GGUF at all. */
export function modelFileInvalid(file: string, what: string, cause?: unknown): DrydockError<WorkerErrorCode> {
  return new DrydockError(
    'WORKER_MODEL_FILE_INVALID',
    `could not read model file ${file}: ${what}; fetch or copy the file again`,
    { cause, details: { file } },
  );
}

/** The file is sound, and holds something that this worker does not run. */
export function modelUnsupported(file: string, what: string): DrydockError<WorkerErrorCode> {
  return new DrydockError(
    'WORKER_MODEL_UNSUPPORTED',
    `could not use model file ${file}: ${what}; use a Gemma-3 model, as a GGUF file or a Hugging Face directory, of a supported type`,
    { details: { file } },
  );
}

/** A text of the file, made fit for an error: short, on one line, printable. */
export function quoted(text: string): string {
  const short = text.length > 80 ? `${text.slice(0, 80)}...` : text;
  return `"${short.replaceAll(/[^ !#-~]/g, '?')}"`;
}
