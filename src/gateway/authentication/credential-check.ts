/** What every kind of credential is judged by. */

import type { Connection } from '../connection.ts';
import type { BearerToken } from './bearer-token.ts';
import type { Verdict } from './principal.ts';

/** The part of a request that proves who sends it. */
export interface Presented {
  readonly bearer: BearerToken;
  readonly request: Request;
  readonly connection: Connection;
}

/** Judges one kind of credential. It may throw where it cannot tell, and the request is then refused as for any error. */
export type CredentialCheck = (presented: Presented) => Verdict | Promise<Verdict>;
