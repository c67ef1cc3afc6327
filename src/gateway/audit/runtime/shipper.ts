/** Brings sealed segments to the store, oldest first. One that cannot be brought stays and is tried again, and those after it wait. */

import { setTimeout as delay } from 'node:timers/promises';
import { describeError } from '../../../rpc/contract/describe-error.ts';
import type { RpcLogger } from '../../../rpc/inference.ts';
import type { AuditStore } from '../audit-store.ts';
import { segmentName } from '../segment-name.ts';
import type { Spool } from './spool.ts';

export interface ShipperOptions {
  readonly spool: Spool;
  readonly store: AuditStore;
  readonly logger: RpcLogger;
  readonly retryMs: number;
}

export interface Shipper extends AsyncDisposable {
  /** There may be something to ship. */
  wake(): void;
  readonly failures: number;
}

export function createShipper({ spool, store, logger, retryMs }: ShipperOptions): Shipper {
  const closing = new AbortController();
  let failures = 0;
  let isDue = false;
  let isWorking = false;
  let work: Promise<void> = Promise.resolve();

  async function shipAll(): Promise<void> {
    for (const segment of await spool.sealed()) {
      await store.put(segmentName(segment), await spool.read(segment));
      await spool.markShipped(segment);
    }
  }

  async function run(): Promise<void> {
    while (isDue) {
      isDue = false;
      try {
        await shipAll();
      } catch (error) {
        failures += 1;
        isDue = true;
        logger.warn(
          { event: 'audit-unshipped', ...describeError(error) },
          'an audit segment could not be shipped',
        );
        if (!(await delay(retryMs, true, { signal: closing.signal, ref: false }).catch(() => false))) return;
      }
    }
  }

  function wake(): void {
    isDue = true;
    if (isWorking || closing.signal.aborted) return;
    isWorking = true;
    work = run().finally(() => {
      isWorking = false;
    });
  }

  return {
    wake,
    get failures() {
      return failures;
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      await work;
      // Once more, for what was sealed on the way out.
      await shipAll().catch(() => {});
    },
  };
}
