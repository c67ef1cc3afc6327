/** What a caller is told of a limit that it has reached. */

import { DrydockError } from '../../rpc/errors.ts';
import type { GatewayErrorCode } from '../errors.ts';
import type { LimitKind, Refusal } from './caller-usage.ts';

const texts: Readonly<Record<LimitKind, (limit: number) => string>> = {
  requests: (limit) => `this key may send ${limit} requests a minute`,
  tokens: (limit) =>
    `this key may use ${limit} tokens a minute, and what a request may use is counted when it comes`,
  concurrency: (limit) => `this key may have ${limit} answers in work at once`,
  day: (limit) => `this key may use ${limit} tokens a day`,
  month: (limit) => `this key may use ${limit} tokens a month`,
};

export function limitRefused({ kind, limit, waitMs, isHopeless }: Refusal): DrydockError<GatewayErrorCode> {
  const isBudget = kind === 'day' || kind === 'month';
  const advice = isHopeless ? 'ask for less in one request' : 'retry later';
  return new DrydockError<GatewayErrorCode>(
    isBudget ? 'GATEWAY_QUOTA_EXHAUSTED' : 'GATEWAY_RATE_LIMITED',
    `could not start the answer: ${texts[kind](limit)}; ${advice}`,
    {
      details: {
        limit: kind,
        ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
        // Clients that retry by themselves would do so within a minute at most.
        ...(isBudget || isHopeless ? { shouldRetry: false } : {}),
      },
    },
  );
}

export function modelForbidden(): DrydockError<GatewayErrorCode> {
  return new DrydockError<GatewayErrorCode>(
    'GATEWAY_MODEL_FORBIDDEN',
    'could not start the answer: this key may not use a model of that name; see GET /v1/models',
  );
}
