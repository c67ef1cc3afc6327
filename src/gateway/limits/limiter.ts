/**
 * Lets a request in if its caller's limits have room for all that it may use, and gives back at its end what it did not. A store that
 * fails lets nobody in. Without a policy everything passes, and the store is not asked.
 */

import { describeError } from '../../rpc/contract/describe-error.ts';
import { DrydockError, isDrydockError } from '../../rpc/errors.ts';
import type { RpcLogger } from '../../rpc/inference.ts';
import type { Clock } from '../clock.ts';
import type { CompletionRequest } from '../completion-request.ts';
import type { GatewayErrorCode } from '../errors.ts';
import { invalidParam } from '../invalid-param.ts';
import { reserve, settle, usageAt } from './caller-usage.ts';
import { limitRefused, modelForbidden } from './limit-errors.ts';
import type { LimitStore, UsageChange } from './limit-store.ts';
import { allowsModel, type LimitPolicies, type LimitPolicy } from './policy.ts';
import { promptSizeOf } from './prompt-size.ts';
import { rateLimitHeaders } from './rate-limit-headers.ts';

export interface LimiterOptions {
  readonly store: LimitStore;
  /** Asked for every request, so that new ones count at once. */
  readonly policies: () => LimitPolicies;
  readonly clock: Clock;
  readonly randomId: () => string;
  readonly logger: RpcLogger;
  /** After which a request that was never settled runs no more. */
  readonly requestMs: number;
}

export interface AdmissionAsk {
  readonly callerId: string;
  readonly request: Pick<
    CompletionRequest,
    'model' | 'messages' | 'prompt' | 'maxTokens' | 'choices' | 'paramNames'
  >;
  /** Whether it costs tokens. What generates nothing costs none, and none are held back for it. Default: it does. */
  readonly isFree?: boolean;
  /** Of one choice, where neither the request nor a policy says. */
  readonly completionTokensDefault: number;
  /** What the client is told of its limits, whether or not it is let in. */
  onHeaders(headers: Readonly<Record<string, string>>): void;
}

export interface Admission {
  /** Completion tokens of one choice at most. */
  readonly completionTokens: number;
  /** Tokens that the prompt was taken to have. */
  readonly promptTokensEstimate: number;
  /** Gives back what was reserved and not used. Called once; never throws. */
  settle(usedTokens: number): void;
}

export interface Limiter {
  /** @throws DrydockError GATEWAY_MODEL_FORBIDDEN, GATEWAY_RATE_LIMITED, GATEWAY_QUOTA_EXHAUSTED, GATEWAY_PARAM_INVALID, GATEWAY_LIMITS_UNAVAILABLE */
  admit(ask: AdmissionAsk): Promise<Admission>;
  allowsModel(callerId: string, model: string): boolean;
}

export function createLimiter(options: LimiterOptions): Limiter {
  const { policies } = options;
  return {
    allowsModel: (callerId, model) => allowsModel(policies().of(callerId), model),
    async admit(ask) {
      const { callerId, request } = ask;
      const policy = policies().of(callerId);
      if (!allowsModel(policy, request.model)) throw modelForbidden();
      const { tokensEstimate: promptTokensEstimate, bytes } = promptSizeOf(request);
      refuseTooLong(request, policy, bytes);
      const completionTokens = completionTokensOf(ask, policy);
      const base = { completionTokens, promptTokensEstimate };
      if (!needsStore(policy)) return { ...base, settle: () => {} };
      const tokens = ask.isFree === true ? 0 : promptTokensEstimate + completionTokens * request.choices;
      const id = await reserveIn(options, { ask, policy, tokens });
      return { ...base, settle: (used) => void settleIn(options, { callerId, id, used }) };
    },
  };
}

function refuseTooLong(request: AdmissionAsk['request'], policy: LimitPolicy, bytes: number): void {
  const { promptBytesMax = Number.POSITIVE_INFINITY, completionTokensMax = Number.POSITIVE_INFINITY } =
    policy;
  if (bytes > promptBytesMax) {
    const param = request.prompt === undefined ? 'messages' : 'prompt';
    throw invalidParam(
      request.paramNames?.prompt ?? param,
      `holds more than the ${promptBytesMax} bytes of text that this key may send; shorten it`,
    );
  }
  if ((request.maxTokens ?? 0) > completionTokensMax) {
    throw invalidParam(
      request.paramNames?.maxTokens ?? 'max_tokens',
      `is over the ${completionTokensMax} that this key may ask for; ask for fewer`,
    );
  }
}

function completionTokensOf({ request, completionTokensDefault }: AdmissionAsk, policy: LimitPolicy): number {
  const asked = request.maxTokens ?? completionTokensDefault;
  return Math.min(asked, policy.completionTokensMax ?? asked);
}

function needsStore(policy: LimitPolicy): boolean {
  const { requestsPerMinute, tokensPerMinute, tokensPerDay, tokensPerMonth, concurrentRequests } = policy;
  return (
    requestsPerMinute !== undefined ||
    tokensPerMinute !== undefined ||
    tokensPerDay !== undefined ||
    tokensPerMonth !== undefined ||
    concurrentRequests !== undefined
  );
}

interface ReserveOptions {
  readonly ask: AdmissionAsk;
  readonly policy: LimitPolicy;
  readonly tokens: number;
}

async function reserveIn(options: LimiterOptions, { ask, policy, tokens }: ReserveOptions): Promise<string> {
  const { store, clock, randomId, requestMs } = options;
  const id = randomId();
  const nowUnixMs = clock.nowUnixMs();
  const expiresUnixMs = nowUnixMs + 2 * requestMs;
  const claim = { id, tokens, choices: ask.request.choices, nowUnixMs, expiresUnixMs };
  const change = (given: Parameters<typeof reserve>[0]): UsageChange<ReturnType<typeof reserve>> => {
    const result = reserve(given, policy, claim);
    return { usage: result.usage, result };
  };
  const { usage, refusal } = await orUnavailable(store.update(ask.callerId, change));
  ask.onHeaders(rateLimitHeaders(usageAt(usage, nowUnixMs), policy, nowUnixMs));
  if (refusal !== undefined) throw limitRefused(refusal);
  return id;
}

async function settleIn(
  { store, clock, logger }: LimiterOptions,
  { callerId, id, used }: { readonly callerId: string; readonly id: string; readonly used: number },
): Promise<void> {
  const nowUnixMs = clock.nowUnixMs();
  try {
    await store.update(callerId, (usage) => ({
      usage: settle(usage, { id, used, nowUnixMs }),
      result: undefined,
    }));
  } catch (error) {
    // It stays charged, and stops running when it expires.
    logger.warn({ event: 'limit-unsettled', ...describeError(error) }, 'a reservation could not be settled');
  }
}

async function orUnavailable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (isDrydockError(cause)) throw cause;
    throw new DrydockError<GatewayErrorCode>(
      'GATEWAY_LIMITS_UNAVAILABLE',
      'could not start the answer: limits cannot be looked up; retry later',
      { cause },
    );
  }
}
