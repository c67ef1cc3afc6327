/** Explains an error to the client, keeps its code in the record, and logs what nobody foresaw. */

import type { RpcLogger } from '../rpc/inference.ts';
import { explainError, type HttpError } from './http-errors.ts';
import type { RequestRecord } from './request-record.ts';
import { describeUnexpected } from './unexpected-error.ts';

export interface RecordErrorOptions {
  readonly record: RequestRecord;
  readonly logger: RpcLogger;
}

export function recordError(error: unknown, { record, logger }: RecordErrorOptions): HttpError {
  const explained = explainError(error);
  record.errorCode = explained.errorCode ?? 'UNEXPECTED';
  if (explained.errorCode === undefined) {
    logger.warn(
      { event: 'unexpected-error', requestId: record.requestId, ...describeUnexpected(error) },
      'a request met an unexpected error',
    );
  }
  return explained;
}
