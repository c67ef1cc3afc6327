/** What is recorded of a request: who asked for what, how it went and what it used. Neither prompt nor answer, unless prompts are asked for. Pure. */

import type { RequestRecord } from '../request-record.ts';
import type { ChainRecord } from './chain.ts';

export type AuditVerdict = 'answered' | 'broken' | 'abandoned' | 'denied' | 'limited' | 'refused' | 'failed';

export function auditEntryOf(record: RequestRecord, endedUnixMs: number): ChainRecord {
  const { requestId, startedUnixMs, method, route, keyId, status = 0, errorCode, model, usage } = record;
  const { finishReason, isStreaming, isReplay, traceId, meter, prompt, subject } = record;
  // In the order of their names, in which they are written.
  return {
    // Of an answer that broke off, what had come.
    completionTokens: usage?.completionTokens ?? (meter.tokens > 0 ? meter.tokens : undefined),
    endedUnixMs,
    errorCode,
    finishReason,
    isReplay,
    isStreaming,
    keyId,
    kind: 'request',
    method,
    model,
    prompt,
    promptTokens: usage?.promptTokens,
    requestId,
    route,
    startedUnixMs,
    status,
    subject,
    traceId,
    verdict: verdictOf(status, errorCode),
  };
}

function verdictOf(status: number, errorCode: string | undefined): AuditVerdict {
  if (errorCode === 'GATEWAY_CLIENT_LEFT') return 'abandoned';
  if (status < 400) return errorCode === undefined ? 'answered' : 'broken';
  if (status === 401 || status === 403) return 'denied';
  if (status === 429) return 'limited';
  return status < 500 ? 'refused' : 'failed';
}
