/**
 * Knows the keys that may use the gateway by their SHA-256 alone. A key of the form `dk_<id>_<64 hexadecimal digits>` is looked
 * up by its id and compared once; any other is compared with all, without an early end. Either way the time tells nothing
 * of a stored hash. Keys must be random: a hash of a guessable key protects nothing.
 */

import { hash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { DrydockError } from '../../rpc/errors.ts';
import type { GatewayErrorCode } from '../errors.ts';
import { type CredentialListing, listingOf } from './credential-listing.ts';
import { grantFields, toGrant } from './grant.ts';
import { refused, type Verdict } from './principal.ts';

export interface ApiKeys {
  /** @returns who has the key; the reason of a refusal is for the log alone. */
  identify(presentedKey: string, nowUnixMs: number): Verdict;
  /** In the order of the file. */
  readonly listings: readonly CredentialListing[];
}

/** Long enough for every key that was ever given out. */
const keyCharactersMax = 512;

const sha256 = z
  .string()
  .regex(/^[0-9a-fA-F]{64}$/)
  .transform((hex) => Buffer.from(hex, 'hex'));

const entrySchema = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
  /** More than one while a key is exchanged for another. */
  sha256: z.union([sha256.transform((digest) => [digest]), z.array(sha256).min(1).max(4)]),
  expiresAt: z.iso.datetime({ offset: true }).transform(Date.parse).optional(),
  disabled: z.boolean().optional(),
  ...grantFields,
});

type Entry = z.infer<typeof entrySchema>;

const fileSchema = z
  .array(entrySchema)
  .min(1)
  .max(1000)
  .refine((keys) => new Set(keys.map((key) => key.id)).size === keys.length)
  // One key of two callers would leave open who calls.
  .refine((keys) => {
    const digests = keys.flatMap((key) => key.sha256.map((digest) => digest.toString('hex')));
    return new Set(digests).size === digests.length;
  });

/**
 * @param text content of `api-keys.json` (docs/launch-contract.md).
 * @throws DrydockError GATEWAY_KEYS_INVALID, which quotes nothing of the file.
 */
export function parseApiKeys(text: string): ApiKeys {
  return parseKeys(text, 'api-keys.json');
}

/** `admin-keys.json`, which is of the same form. @throws likewise. */
export function parseAdminKeys(text: string): ApiKeys {
  return parseKeys(text, 'admin-keys.json');
}

function parseKeys(text: string, file: string): ApiKeys {
  const parsed = fileSchema.safeParse(parseJsonOrUndefined(text));
  if (!parsed.success) {
    throw new DrydockError<GatewayErrorCode>(
      'GATEWAY_KEYS_INVALID',
      `could not read the keys: ${file} is not a list of 1 to 1000 {"id", "sha256", …} with distinct ids and hashes; see docs/launch-contract.md`,
    );
  }
  const entries = parsed.data;
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  return {
    listings: entries.map((entry) => listingOf({ ...entry, caller: entry.id })),
    identify(presentedKey, nowUnixMs) {
      if (presentedKey.length > keyCharactersMax) return refused('key-unknown');
      const presented = hash('sha256', presentedKey, 'buffer');
      const named = idOf(presentedKey);
      const candidates = named === undefined ? entries : [byId.get(named) ?? nobody];
      const found = matching(candidates, presented);
      return found === undefined ? refused('key-unknown') : judge(found, nowUnixMs);
    },
  };
}

/** Stands in where no key has the id, so that as much is compared. */
const nobody: Entry = { id: 'nobody', sha256: [Buffer.alloc(32)], disabled: true };

function idOf(presentedKey: string): string | undefined {
  return /^dk_([A-Za-z0-9._-]{1,64})_[0-9a-f]{64}$/.exec(presentedKey)?.[1];
}

function matching(entries: readonly Entry[], presented: Buffer): Entry | undefined {
  let found: Entry | undefined;
  for (const entry of entries) {
    for (const digest of entry.sha256) {
      // No early exit: the time must not tell how far down the list a match stands.
      if (timingSafeEqual(presented, digest)) found = entry;
    }
  }
  return found;
}

function judge(entry: Entry, nowUnixMs: number): Verdict {
  if (entry.disabled === true) return refused('key-disabled');
  if (entry.expiresAt !== undefined && entry.expiresAt <= nowUnixMs) return refused('key-expired');
  return { kind: 'known', name: entry.id, grant: toGrant(entry) };
}

function parseJsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text, so it is dropped.
    return undefined;
  }
}
