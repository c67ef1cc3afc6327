/**
 * Who may use how much, from `limits.json`: what holds for every key, and what one key has instead. A field that neither names is not
 * limited. Nothing of the file is quoted in an error but the place.
 */

import { z } from 'zod';
import { DrydockError } from '../../rpc/errors.ts';
import type { GatewayErrorCode } from '../errors.ts';

const count = z.int().min(1).max(1e12).optional();

export const limitPolicySchema = z.strictObject({
  /** Names, or beginnings of names that end in `*`. Absent: all. */
  models: z.array(z.string().min(1).max(256)).max(1000).optional(),
  /** In any 60 seconds. */
  requestsPerMinute: count,
  /** Of prompt and completion, in any 60 seconds. */
  tokensPerMinute: count,
  /** From midnight to midnight, UTC. */
  tokensPerDay: count,
  /** From the first of a month to the next, UTC. */
  tokensPerMonth: count,
  /** At once; each choice of a request counts. */
  concurrentRequests: z.int().min(1).max(10_000).optional(),
  /** UTF-8 bytes of all text of a prompt. */
  promptBytesMax: count,
  /** Of one choice. */
  completionTokensMax: z.int().min(1).max(131_072).optional(),
});

const fileSchema = z.strictObject({
  default: limitPolicySchema.optional(),
  keys: z
    .record(z.string().min(1).max(256), limitPolicySchema)
    .refine((keys) => Object.keys(keys).length <= 10_000)
    .optional(),
});

export type LimitPolicy = z.infer<typeof limitPolicySchema>;

export interface LimitPolicies {
  /** @param callerId id of an API key, or whatever else authentication calls the caller. */
  of(callerId: string): LimitPolicy;
}

const unlimited: LimitPolicy = {};

export const noLimits: LimitPolicies = { of: () => unlimited };

/** @throws DrydockError GATEWAY_LIMITS_INVALID naming the field. */
export function parseLimitPolicies(text: string): LimitPolicies {
  const parsed = fileSchema.safeParse(parseJsonOrUndefined(text));
  if (!parsed.success) {
    const place = parsed.error.issues[0]?.path.join('.') || 'the file';
    throw new DrydockError<GatewayErrorCode>(
      'GATEWAY_LIMITS_INVALID',
      `could not read the limits: ${place} of limits.json is not valid; see docs/limits.md`,
    );
  }
  const { default: common = {}, keys = {} } = parsed.data;
  const merged = new Map(Object.entries(keys).map(([id, own]) => [id, { ...common, ...own }]));
  return { of: (callerId) => merged.get(callerId) ?? common };
}

export function allowsModel({ models }: LimitPolicy, model: string): boolean {
  if (models === undefined) return true;
  return models.some((name) => (name.endsWith('*') ? model.startsWith(name.slice(0, -1)) : model === name));
}

function parseJsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
