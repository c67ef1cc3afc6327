/**
 * What a machine runs: its tags and its user data. They bear on no packet; but a machine that is meant to run a program
 * and does not say with what is an error, not a machine without.
 */

import { type Fields, invalid, isSymbolic, TerraformError } from '../../terraform/index.ts';
import type { BuildContext } from '../build-context.ts';
import { PROGRAM_TAG } from '../program-tag.ts';
import { readTags } from '../tags.ts';
import { find } from './partly-known.ts';

/** Tags as far as they are known; the one that names the program must be. */
export function machineTags(context: BuildContext, fields: Fields): ReadonlyMap<string, string> {
  const written = find(context, () => fields.value('tags')).value;
  if (written === undefined || isSymbolic(written.value)) return new Map();
  return mustKnow(context, () => readTags(fields, { needed: [PROGRAM_TAG] })) ?? new Map();
}

/** Of a machine that runs a program; absent where there is none. */
export function programData(
  context: BuildContext,
  tags: ReadonlyMap<string, string>,
  read: () => string | undefined,
): { readonly userData?: string } {
  const userData = tags.has(PROGRAM_TAG) ? mustKnow(context, read) : undefined;
  return userData === undefined ? {} : { userData };
}

/** Here what is not known is a problem, too. */
function mustKnow<Result>({ problems }: BuildContext, run: () => Result): Result | undefined {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof TerraformError)) throw error;
    problems.add(error);
    return undefined;
  }
}

/** Strict: what is not base64 of UTF-8 text is an error at its place. */
export function decodedUserData(fields: Fields, name: string): string | undefined {
  const text = fields.text(name);
  if (text === undefined) return undefined;
  const decoded = decodeBase64(text);
  if (decoded !== undefined) return decoded;
  throw invalid(fields.siteOf(name), {
    reason: 'it is not base64 of UTF-8 text',
    nextStep: 'encode it with base64encode',
  });
}

/** Of a machine by itself: the provider encodes `user_data` unless it is base64 already. */
export function ownUserData(fields: Fields): string | undefined {
  const encoded = decodedUserData(fields, 'user_data_base64');
  const text = fields.text('user_data');
  return encoded ?? (text === undefined ? undefined : (decodeBase64(text) ?? text));
}

function decodeBase64(text: string): string | undefined {
  if (text === '' || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(text, 'base64'));
  } catch {
    return undefined;
  }
}
