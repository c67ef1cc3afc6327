/**
 * Answers by the key that their callers gave them, within a number, bytes and a time. What failed is not kept. An answer too large to be kept
 * leaves its key behind, so that the same request is refused rather than done twice. In memory: a restart forgets.
 */

import { DrydockError } from '../../rpc/errors.ts';
import type { Clock } from '../clock.ts';
import type { GatewayErrorCode } from '../errors.ts';
import { Recording } from './recording.ts';

export interface IdempotencyLimits {
  readonly entriesMax: number;
  /** Bytes of one answer, and of all together. */
  readonly entryBytesMax: number;
  readonly bytesMax: number;
  /** Milliseconds that an answer is kept after its end. */
  readonly keptMs: number;
}

export const defaultIdempotencyLimits: IdempotencyLimits = {
  entriesMax: 1000,
  entryBytesMax: 4 * 1024 * 1024,
  bytesMax: 64 * 1024 * 1024,
  keptMs: 10 * 60_000,
};

export interface IdempotencyClaim {
  /** Of caller, route and key together. */
  readonly name: string;
  /** Of the body. */
  readonly digest: string;
  /** Nobody reads the answer any more, which is not yet whole. */
  onAbandoned(): void;
}

export interface ClaimedRun {
  readonly recording: Recording;
  /** Is there already: it is to be read, not made. */
  readonly isReplay: boolean;
  /** The answer has ended. @param isKept it became whole. */
  finish(isKept: boolean): void;
}

export interface IdempotencyStore {
  /** @throws DrydockError GATEWAY_IDEMPOTENCY_KEY_REUSED or GATEWAY_IDEMPOTENCY_RESULT_GONE */
  claim(claim: IdempotencyClaim): ClaimedRun;
  readonly bytes: number;
  readonly entries: number;
}

interface Entry {
  readonly digest: string;
  readonly recording: Recording;
  /** Of its end. `undefined`: still running. */
  expiresUnixMs: number | undefined;
}

export function createIdempotencyStore(
  clock: Clock,
  limits: IdempotencyLimits = defaultIdempotencyLimits,
): IdempotencyStore {
  /** Those that have ended stand in the order of their ends. */
  const entries = new Map<string, Entry>();
  /** Of all recordings that anybody may read, or still reads. */
  let bytes = 0;

  function forget(name: string, { recording }: Entry): void {
    entries.delete(name);
    recording.closeToNewReaders();
  }

  function expire(): void {
    const nowUnixMs = clock.nowUnixMs();
    for (const [name, entry] of entries) {
      if ((entry.expiresUnixMs ?? Number.POSITIVE_INFINITY) <= nowUnixMs) forget(name, entry);
    }
  }

  /** The oldest of those that have ended go first. */
  function makeRoom(): void {
    for (const [name, entry] of entries) {
      if (bytes <= limits.bytesMax && entries.size <= limits.entriesMax) return;
      if (entry.expiresUnixMs !== undefined) forget(name, entry);
    }
  }

  function begin({ name, digest, onAbandoned }: IdempotencyClaim): ClaimedRun {
    const recording = new Recording({
      bytesMax: limits.entryBytesMax,
      onBytes(change) {
        bytes += change;
        if (change > 0 && bytes > limits.bytesMax) makeRoom();
        return bytes <= limits.bytesMax;
      },
      onAbandoned() {
        // At once: who comes now begins anew rather than joining what is being ended.
        if (entries.get(name) === entry) forget(name, entry);
        onAbandoned();
      },
    });
    const entry: Entry = { digest, recording, expiresUnixMs: undefined };
    entries.set(name, entry);
    makeRoom();
    return {
      recording,
      isReplay: false,
      finish(isKept) {
        if (entries.get(name) !== entry) return;
        entries.delete(name);
        if (!isKept) return recording.closeToNewReaders();
        entry.expiresUnixMs = clock.nowUnixMs() + limits.keptMs;
        entries.set(name, entry);
      },
    };
  }

  return {
    get bytes() {
      return bytes;
    },
    get entries() {
      return entries.size;
    },
    claim(claim) {
      expire();
      const found = entries.get(claim.name);
      if (found === undefined) return begin(claim);
      if (found.digest !== claim.digest) throw reused();
      if (!found.recording.isJoinable) throw gone();
      return { recording: found.recording, isReplay: true, finish: () => {} };
    },
  };
}

function reused() {
  return new DrydockError<GatewayErrorCode>(
    'GATEWAY_IDEMPOTENCY_KEY_REUSED',
    'could not accept the request: another body was sent under this idempotency key; use a new key for a new request',
  );
}

function gone() {
  return new DrydockError<GatewayErrorCode>(
    'GATEWAY_IDEMPOTENCY_RESULT_GONE',
    'could not give the answer again: it was too large to be kept; send the request under a new idempotency key',
  );
}
