/** Who a request is from, as far as its credentials say. */

import type { ExpectedContent } from './content-digest.ts';
import type { Grant } from './grant.ts';

/** Ways to prove who one is. The order is that of a policy's text. */
export const authMethods = ['api-key', 'jwt', 'signature', 'certificate'] as const;
export type AuthMethod = (typeof authMethods)[number];

export interface Principal {
  /** For records and limits: the name, with `jwt:` before it where a token alone says so. */
  readonly id: string;
  readonly methods: readonly AuthMethod[];
  /** One of each credential: what all of them allow is allowed. */
  readonly grants: readonly Grant[];
}

/** What one credential of a request proves. `reason` is for our log alone, and never text of the client's. */
export type Verdict =
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused'; readonly reason: string }
  | {
      readonly kind: 'known';
      readonly name: string;
      readonly grant: Grant;
      /** The proof holds for this content alone. */
      readonly content?: ExpectedContent;
    };

export const absent: Verdict = { kind: 'absent' };

export function refused(reason: string): Verdict {
  return { kind: 'refused', reason };
}
