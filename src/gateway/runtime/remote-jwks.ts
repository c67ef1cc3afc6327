/**
 * The public keys of a token's issuer, fetched from one configured address and from nowhere else. They are kept for ten minutes; a token
 * with an unknown `kid` makes them be fetched again at most twice a minute, and a failing address is left alone for some
 * seconds. Bytes, keys and time of an answer are bounded, redirects are not followed.
 */

import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { DrydockError } from '../../rpc/errors.ts';
import type { Clock } from '../clock.ts';
import type { GatewayErrorCode } from '../errors.ts';

export interface RemoteJwksOptions {
  readonly clock: Clock;
  readonly limits?: RemoteJwksLimits;
}

export interface RemoteJwksLimits {
  readonly timeoutMs: number;
  readonly cooldownMs: number;
  readonly keptMs: number;
  /** After a failure, no further attempt before this. */
  readonly retryMs: number;
}

const bytesMax = 256 * 1024;
const keysMax = 100;
const defaults: RemoteJwksLimits = { timeoutMs: 5000, cooldownMs: 30_000, keptMs: 600_000, retryMs: 5000 };

const jwksSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(keysMax) });

/** The keys throw GATEWAY_ISSUER_UNREACHABLE where they cannot be had. */
export function remoteJwks(url: string, { clock, limits = defaults }: RemoteJwksOptions): JWTVerifyGetKey {
  let failedUnixMs = Number.NEGATIVE_INFINITY;

  async function fetchOnce(address: string, init: RequestInit): Promise<Response> {
    if (clock.nowUnixMs() - failedUnixMs < limits.retryMs) throw unreachable();
    try {
      const answer = await fetch(address, init);
      if (answer.status !== 200) throw new TypeError('the status is not 200');
      const keySet = jwksSchema.parse(JSON.parse(await readText(answer)));
      return Response.json(keySet);
    } catch (cause) {
      failedUnixMs = clock.nowUnixMs();
      throw unreachable(cause);
    }
  }

  return createRemoteJWKSet(new URL(url), {
    timeoutDuration: limits.timeoutMs,
    cooldownDuration: limits.cooldownMs,
    cacheMaxAge: limits.keptMs,
    headers: { 'user-agent': 'drydock-gateway', accept: 'application/json' },
    [customFetch]: fetchOnce,
  });
}

async function readText(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels the rest.
    if (bytes > bytesMax) throw new TypeError(`the answer is over ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes).toString('utf8');
}

function unreachable(cause?: unknown) {
  return new DrydockError<GatewayErrorCode>(
    'GATEWAY_ISSUER_UNREACHABLE',
    'could not judge the token: the keys of its issuer cannot be had now; retry later',
    { cause },
  );
}
