/** Knows the keys whose signatures are taken, each for one algorithm: a key never verifies what it was not made for. */

import { z } from 'zod';
import { DrydockError } from '../../rpc/errors.ts';
import type { GatewayErrorCode } from '../errors.ts';
import { type CredentialListing, listingOf } from './credential-listing.ts';
import { type Grant, grantFields, toGrant } from './grant.ts';
import {
  openVerifier,
  type SignatureAlgorithm,
  type SignatureVerifier,
  signatureAlgorithms,
} from './signature-algorithms.ts';

export interface SignatureKey {
  /** Who signs with it. */
  readonly name: string;
  readonly algorithm: SignatureAlgorithm;
  readonly verifier: SignatureVerifier;
  readonly grant: Grant;
  /** Why it is not taken at that time. `undefined`: it is. */
  refusalAt(unixMs: number): string | undefined;
  readonly listing: CredentialListing;
}

export type SignatureKeys = ReadonlyMap<string, SignatureKey>;

const name = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/);

const entrySchema = z
  .strictObject({
    id: name,
    caller: name.optional(),
    algorithm: z.enum(signatureAlgorithms),
    key: z.record(z.string(), z.string()),
    expiresAt: z.iso.datetime({ offset: true }).transform(Date.parse).optional(),
    disabled: z.boolean().optional(),
    ...grantFields,
  })
  .transform((entry, context): readonly [string, SignatureKey] => {
    const verifier = openVerifier(entry.algorithm, entry.key);
    if (verifier === undefined) {
      context.addIssue({ code: 'custom', message: 'is no key of its algorithm' });
      return z.NEVER;
    }
    const { expiresAt = Number.POSITIVE_INFINITY } = entry;
    return [
      entry.id,
      {
        name: entry.caller ?? entry.id,
        algorithm: entry.algorithm,
        verifier,
        grant: toGrant(entry),
        listing: listingOf({ ...entry, caller: entry.caller ?? entry.id }),
        refusalAt(unixMs) {
          if (entry.disabled === true) return 'signature-key-disabled';
          return expiresAt <= unixMs ? 'signature-key-expired' : undefined;
        },
      },
    ];
  });

const fileSchema = z
  .array(entrySchema)
  .min(1)
  .max(1000)
  .refine((entries) => new Set(entries.map(([id]) => id)).size === entries.length);

/**
 * @param text content of `signature-keys.json` (docs/launch-contract.md).
 * @throws DrydockError GATEWAY_KEYS_INVALID, which quotes nothing of the file.
 */
export function parseSignatureKeys(text: string): SignatureKeys {
  const parsed = fileSchema.safeParse(parseJsonOrUndefined(text));
  if (parsed.success) return new Map(parsed.data);
  throw new DrydockError<GatewayErrorCode>(
    'GATEWAY_KEYS_INVALID',
    'could not read the signature keys: signature-keys.json is not a list of 1 to 1000 {"id", "algorithm", "key", …} with distinct ids and public keys of their algorithms; see docs/launch-contract.md',
  );
}

function parseJsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text, so it is dropped.
    return undefined;
  }
}
