/**
 * Limits that an administrator has set for single callers, each in the place of the one that `limits.json` has for them, until they are taken
 * back or the program ends. In the memory of one gateway.
 */

import { invalidParam } from '../invalid-param.ts';
import type { LimitPolicies, LimitPolicy } from '../limits/policy.ts';

export interface LimitOverrides {
  /** @throws DrydockError GATEWAY_PARAM_INVALID where too many are set. */
  set(callerId: string, policy: LimitPolicy): void;
  delete(callerId: string): void;
  has(callerId: string): boolean;
  callers(): readonly string[];
  /** Policies as they are with what is set here. */
  over(policies: LimitPolicies): LimitPolicies;
}

const overridesMax = 1000;

export function createLimitOverrides(): LimitOverrides {
  const overrides = new Map<string, LimitPolicy>();
  return {
    set(callerId, policy) {
      if (!overrides.has(callerId) && overrides.size >= overridesMax) {
        throw invalidParam('caller', `cannot get limits of its own: ${overridesMax} have; use limits.json`);
      }
      overrides.set(callerId, policy);
    },
    delete: (callerId) => void overrides.delete(callerId),
    has: (callerId) => overrides.has(callerId),
    callers: () => [...overrides.keys()],
    over: (policies) => ({ of: (callerId) => ({ ...policies.of(callerId), ...overrides.get(callerId) }) }),
  };
}
