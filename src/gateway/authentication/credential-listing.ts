/** What may be told of a credential: whose it is and what it allows, and nothing that it is proven by. Pure. */

import { type GrantFields, toGrant } from './grant.ts';

export interface CredentialListing {
  readonly id: string;
  /** Whose it is, as records and limits call them. */
  readonly caller: string;
  /** By its file. */
  readonly isDisabled: boolean;
  readonly expiresUnixMs?: number;
  readonly models?: readonly string[];
  readonly routes?: readonly string[];
}

interface Entry extends GrantFields {
  readonly id: string;
  readonly caller: string;
  readonly disabled?: boolean | undefined;
  readonly expiresAt?: number | undefined;
}

/** Field by field: an entry holds more than may be told. */
export function listingOf(entry: Entry): CredentialListing {
  const { id, caller, disabled = false, expiresAt } = entry;
  const { models, routes } = toGrant(entry);
  return {
    id,
    caller,
    isDisabled: disabled,
    ...(expiresAt === undefined ? {} : { expiresUnixMs: expiresAt }),
    ...(models === undefined ? {} : { models }),
    ...(routes === undefined ? {} : { routes }),
  };
}
