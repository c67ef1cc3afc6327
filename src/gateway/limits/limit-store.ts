/** Where usage of callers is kept. Gateways that share a store share the limits. The one here is in memory, for gateways of one process. */

import { DrydockError } from '../../rpc/errors.ts';
import type { Clock } from '../clock.ts';
import type { GatewayErrorCode } from '../errors.ts';
import { type CallerUsage, isForgettable, unused, usageAt } from './caller-usage.ts';

export interface UsageChange<Result> {
  readonly usage: CallerUsage;
  readonly result: Result;
}

export interface LimitStore {
  /**
   * Replaces a caller's usage by what `change` makes of it, as if nobody else did so at the same time. A store that many write to may
   * call `change` again with newer usage, so it must be pure.
   * @throws whatever keeps the store from it; the caller is then refused.
   */
  update<Result>(callerId: string, change: (usage: CallerUsage) => UsageChange<Result>): Promise<Result>;
  /** What a caller has used, without keeping anything for it. @throws whatever keeps the store from it. */
  read(callerId: string): Promise<CallerUsage>;
  /** All whose usage is kept, in no order. For administrators: it may cost a store much. @throws whatever keeps the store from it. */
  callers(): Promise<readonly (readonly [callerId: string, usage: CallerUsage])[]>;
}

export interface InMemoryLimitStoreOptions {
  readonly clock: Clock;
  /** Callers that are remembered at most. Default 10,000. */
  readonly callersMax?: number;
}

export function createInMemoryLimitStore(options: InMemoryLimitStoreOptions): LimitStore {
  const { clock, callersMax = 10_000 } = options;
  const usages = new Map<string, CallerUsage>();

  function makeRoom(): void {
    const nowUnixMs = clock.nowUnixMs();
    for (const [callerId, usage] of usages) {
      if (isForgettable(usageAt(usage, nowUnixMs))) usages.delete(callerId);
    }
    if (usages.size < callersMax) return;
    // To forget one that has used something would give it its limit anew.
    throw new DrydockError<GatewayErrorCode>(
      'GATEWAY_LIMITS_UNAVAILABLE',
      `could not start the answer: limits are kept for ${callersMax} callers, and all of them are in use; retry later`,
    );
  }

  return {
    async update(callerId, change) {
      if (!usages.has(callerId) && usages.size >= callersMax) makeRoom();
      const { usage, result } = change(usages.get(callerId) ?? unused);
      if (isForgettable(usage)) usages.delete(callerId);
      else usages.set(callerId, usage);
      return result;
    },
    read: async (callerId) => usages.get(callerId) ?? unused,
    callers: async () => [...usages],
  };
}
