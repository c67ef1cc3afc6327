/** Reads an `Idempotency-Key`: a structured string as the IETF draft has it, or the same without quotes as clients send it. Pure. */

import { createHash } from 'node:crypto';
import { DrydockError } from '../../rpc/errors.ts';
import type { GatewayErrorCode } from '../errors.ts';

/** Two headers arrive joined by a comma and a space, which do not match. */
const form = /^(?:"([A-Za-z0-9._~:+/=-]{1,255})"|([A-Za-z0-9._~:+/=-]{1,255}))$/;

/** @throws DrydockError GATEWAY_IDEMPOTENCY_KEY_INVALID */
export function parseIdempotencyKey(header: string): string {
  const [, quoted, bare] = form.exec(header) ?? [];
  const key = quoted ?? bare;
  if (key === undefined) {
    throw new DrydockError<GatewayErrorCode>(
      'GATEWAY_IDEMPOTENCY_KEY_INVALID',
      'could not accept the request: Idempotency-Key is not 1 to 255 letters, digits or . _ ~ : + / = -; send a UUID',
    );
  }
  return key;
}

/** A fixed-length name in which no part can run into the next. */
export function digestOf(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(createHash('sha256').update(part).digest());
  return hash.digest('hex');
}
