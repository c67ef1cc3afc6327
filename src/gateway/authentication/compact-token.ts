/**
 * A signed token in its one strict form: three parts of canonical base64url (RFC 7515 §2, §3.1), no blank, no padding, a header
 * that names no key of its own. jose decodes more leniently, and would take several texts for one token.
 */

import { type CompactVerifyGetKey, compactVerify, errors } from 'jose';
import { hasDuplicateMembers } from './duplicate-members.ts';

export const tokenCharactersMax = 8192;

export interface CompactToken {
  readonly token: string;
  readonly header: Readonly<Record<string, unknown>>;
}

const form = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+$/;

/** What would let a token bring its own key, or change how it is to be read. */
const refusedFields = ['jku', 'jwk', 'x5u', 'x5c', 'crit', 'b64', 'enc', 'zip'];

/** @returns `undefined` where the text is no such token. Nothing of it is verified yet. */
export function parseCompactToken(text: string): CompactToken | undefined {
  if (text.length > tokenCharactersMax || !form.test(text)) return undefined;
  const parts = text.split('.');
  if (!parts.every(isCanonical)) return undefined;
  const header = parseMembers(Buffer.from(parts[0] ?? '', 'base64url'));
  if (header === undefined || refusedFields.some((field) => Object.hasOwn(header, field))) return undefined;
  return { token: text, header };
}

/** @throws jose's errors where the signature, the algorithm or the key is not right. */
export async function verifyCompactToken(
  { token }: CompactToken,
  { algorithms, key }: { readonly algorithms: readonly string[]; readonly key: CompactVerifyGetKey },
): Promise<Uint8Array> {
  const { payload } = await compactVerify(token, key, { algorithms: [...algorithms] });
  return payload;
}

/** @returns the members of a JSON object in UTF-8 in which no name stands twice. */
export function parseMembers(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return hasDuplicateMembers(text) ? undefined : { ...value };
  } catch {
    return undefined;
  }
}

/** The reason of a refusal, for the log. @returns `undefined` where the error says nothing about the token. */
export function tokenRefusal(error: unknown): string | undefined {
  return error instanceof errors.JOSEError ? error.code : undefined;
}

function isCanonical(part: string): boolean {
  return Buffer.from(part, 'base64url').toString('base64url') === part;
}
