/** Judges a bearer token as an API key, by the keys as they are now. */

import type { Clock } from '../clock.ts';
import type { ApiKeys } from './api-keys.ts';
import type { CredentialCheck } from './credential-check.ts';
import { absent } from './principal.ts';

export interface ApiKeyCheckOptions {
  readonly clock: Clock;
}

/** @param current asked once for each request: the keys change while the program runs. */
export function apiKeyCheck(current: () => ApiKeys, { clock }: ApiKeyCheckOptions): CredentialCheck {
  return ({ bearer }) =>
    bearer.kind === 'token' ? current().identify(bearer.token, clock.nowUnixMs()) : absent;
}
