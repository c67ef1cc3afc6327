/** Knows the certificates whose holders may call: by their whole subject, by one of their alternative names, or by their digest. */

import type { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { DrydockError } from '../../rpc/errors.ts';
import type { GatewayErrorCode } from '../errors.ts';
import { type CredentialListing, listingOf } from './credential-listing.ts';
import { grantFields, toGrant } from './grant.ts';
import { refused, type Verdict } from './principal.ts';

export interface ClientCertificates {
  /** @param certificate that its holder has proved to hold, and an authority vouches for. */
  identify(certificate: X509Certificate, nowUnixMs: number): Verdict;
  /** In the order of the file. */
  readonly listings: readonly CredentialListing[];
}

const entrySchema = z
  .strictObject({
    id: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
    subject: z.string().min(1).max(1024).optional(),
    san: z
      .string()
      .regex(/^(DNS|URI|email|IP Address):.{1,512}$/)
      .optional(),
    sha256: z
      .string()
      .regex(/^[0-9a-fA-F]{64}$/)
      .transform((digest) => digest.toLowerCase())
      .optional(),
    expiresAt: z.iso.datetime({ offset: true }).transform(Date.parse).optional(),
    disabled: z.boolean().optional(),
    ...grantFields,
  })
  .refine(
    ({ subject, san, sha256 }) => [subject, san, sha256].filter((name) => name !== undefined).length === 1,
  );

type Entry = z.infer<typeof entrySchema>;

const fileSchema = z
  .array(entrySchema)
  .min(1)
  .max(1000)
  .refine((entries) => new Set(entries.map(({ id }) => id)).size === entries.length);

/** @throws DrydockError GATEWAY_KEYS_INVALID, which quotes nothing of the file. */
export function parseClientCertificates(text: string): ClientCertificates {
  const parsed = fileSchema.safeParse(parseJsonOrUndefined(text));
  if (!parsed.success) {
    throw new DrydockError<GatewayErrorCode>(
      'GATEWAY_KEYS_INVALID',
      'could not read the client certificates: client-certificates.json is not a list of 1 to 1000 {"id", …} with distinct ids and one of "subject", "san" and "sha256" each; see docs/launch-contract.md',
    );
  }
  const entries = parsed.data;
  return {
    listings: entries.map((entry) => listingOf({ ...entry, caller: entry.id })),
    identify(certificate, nowUnixMs) {
      if (nowUnixMs < Date.parse(certificate.validFrom)) return refused('certificate-not-yet-valid');
      if (nowUnixMs > Date.parse(certificate.validTo)) return refused('certificate-expired');
      const names = namesOf(certificate);
      const [entry, ...more] = entries.filter((known) => isOf(known, names));
      if (entry === undefined) return refused('certificate-unknown');
      if (more.length > 0) return refused('certificate-ambiguous');
      return judge(entry, nowUnixMs);
    },
  };
}

interface Names {
  readonly subject: string;
  readonly alternatives: ReadonlySet<string>;
  readonly sha256: string;
}

function namesOf({ subject, subjectAltName, fingerprint256 }: X509Certificate): Names {
  return {
    subject: subject.split('\n').join(','),
    alternatives: new Set(alternativesOf(subjectAltName ?? '')),
    sha256: fingerprint256.replaceAll(':', '').toLowerCase(),
  };
}

const alternative = /([A-Za-z ]+:)("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/y;

/** Node writes what could be taken for two names as a JSON string. What cannot be read through to its end has no names. */
function alternativesOf(text: string): readonly string[] {
  const names: string[] = [];
  let end = 0;
  for (const [whole, kind = '', value = ''] of text.matchAll(new RegExp(alternative, 'gy'))) {
    end += whole.length;
    names.push(`${kind}${value.startsWith('"') ? JSON.parse(value) : value}`);
  }
  return end === text.length ? names : [];
}

function isOf(entry: Entry, { subject, alternatives, sha256 }: Names): boolean {
  if (entry.subject !== undefined) return entry.subject === subject;
  return entry.san === undefined ? entry.sha256 === sha256 : alternatives.has(entry.san);
}

function judge(entry: Entry, nowUnixMs: number): Verdict {
  if (entry.disabled === true) return refused('certificate-disabled');
  if (entry.expiresAt !== undefined && entry.expiresAt <= nowUnixMs)
    return refused('certificate-entry-expired');
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
