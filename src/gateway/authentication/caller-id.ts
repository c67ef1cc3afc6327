/**
 * The form that ids of callers have: names of our files, and subjects of tokens after `jwt:`. What looks like a credential is none, for ids
 * stand in records and credentials must not.
 */

import { looksLikeJwt } from './bearer-token.ts';

const form = /^(?:[A-Za-z0-9._-]{1,64}|jwt:([A-Za-z0-9._:@|/-]{1,128}))$/;
/** The whole of a key of ours, or what a hand left out of it. */
const keyForm = /^dk_.+_[0-9a-f]{8,64}$/;

export function isCallerId(text: string): boolean {
  const match = form.exec(text);
  const name = match?.[1] ?? text;
  return match !== null && !keyForm.test(name) && !looksLikeJwt(name);
}
