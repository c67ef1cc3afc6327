/** Ids of the functions that judge new connections: one for each role, for an auth function is not told which listener asks. */
import type { CredentialRole } from './credential.ts';

export const authFunctionIds: Readonly<Record<CredentialRole, string>> = {
  worker: 'auth::workers',
  gateway: 'auth::gateways',
};
