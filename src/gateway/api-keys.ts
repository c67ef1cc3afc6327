/**
 * Knows the keys that may use the gateway by their SHA-256 alone. Comparing takes the same time whichever key
 * matches, or none: it looks at all of them and each comparison is constant-time. It does not rotate or revoke;
 * the file is read once, at the start.
 */

import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { DrydockError } from '../rpc/errors.ts';
import type { GatewayErrorCode } from './errors.ts';

export interface ApiKeys {
  /** @returns the id of the key, or `undefined` where nobody has it. */
  identify(presentedKey: string): string | undefined;
}

const fileSchema = z
  .array(
    z.object({
      id: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
      sha256: z.string().regex(/^[0-9a-fA-F]{64}$/),
    }),
  )
  .min(1)
  .max(1000)
  .refine((keys) => new Set(keys.map((key) => key.id)).size === keys.length);

/**
 * @param text content of `api-keys.json`: `[{"id", "sha256"}]`.
 * @throws DrydockError GATEWAY_KEYS_INVALID, which quotes nothing of the file.
 */
export function parseApiKeys(text: string): ApiKeys {
  const parsed = fileSchema.safeParse(parseJsonOrUndefined(text));
  if (!parsed.success) {
    throw new DrydockError<GatewayErrorCode>(
      'GATEWAY_KEYS_INVALID',
      'could not read the API keys: api-keys.json is not a list of 1 to 1000 {"id", "sha256"} with distinct ids; write the SHA-256 of each key in hexadecimal',
    );
  }
  const keys = parsed.data.map(({ id, sha256 }) => ({ id, digest: Buffer.from(sha256, 'hex') }));
  return {
    identify(presentedKey) {
      const presented = createHash('sha256').update(presentedKey).digest();
      let found: string | undefined;
      for (const key of keys) {
        // No early exit: the time must not tell how far down the list a match stands.
        if (timingSafeEqual(presented, key.digest)) found = key.id;
      }
      return found;
    },
  };
}

function parseJsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text, so it is dropped.
    return undefined;
  }
}
