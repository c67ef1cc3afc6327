/** Who may call: told without anything that a credential is proven by, shut out and let in again at once, and read anew from the files. */

import type { CredentialListing } from '../authentication/credential-listing.ts';
import type { Clock } from '../clock.ts';
import type { NodeSettings } from '../runtime/node-settings.ts';
import type { ReloadedFiles } from '../runtime/reloaded-files.ts';
import { adminRoute, callerOf } from './admin-route.ts';
import type { ShutOutCallers } from './shut-out-callers.ts';

export interface KeyRoutesOptions {
  readonly settings: ReloadedFiles<NodeSettings>;
  readonly shutOut: ShutOutCallers;
  readonly clock: Clock;
}

type KeySettings = Pick<NodeSettings, 'apiKeys' | 'signatureKeys' | 'clientCertificates'>;

export function keyRoutes({ settings, shutOut, clock }: KeyRoutesOptions) {
  const told = (callerId: string) => ({
    caller: callerId,
    isShutOut: shutOut.has(callerId),
    // A token's subject is in no file, and neither is a name with a slip in it.
    isInFiles: credentialsOf(settings.current()).some(({ caller }) => caller === callerId),
  });
  return [
    adminRoute('GET', '/admin/keys', (context) => {
      const nowUnixMs = clock.nowUnixMs();
      return context.json({
        credentials: credentialsOf(settings.current()).map(({ expiresUnixMs, ...listing }) => ({
          ...listing,
          ...(expiresUnixMs === undefined ? {} : { expiresAt: new Date(expiresUnixMs).toISOString() }),
          isExpired: expiresUnixMs !== undefined && expiresUnixMs <= nowUnixMs,
          isShutOut: shutOut.has(listing.caller),
        })),
        shutOut: shutOut.all(),
      });
    }),
    adminRoute('POST', '/admin/keys/:caller/disable', (context) => {
      const caller = callerOf(context);
      shutOut.add(caller);
      return context.json(told(caller));
    }),
    adminRoute('POST', '/admin/keys/:caller/enable', (context) => {
      const caller = callerOf(context);
      shutOut.delete(caller);
      return context.json(told(caller));
    }),
    adminRoute('POST', '/admin/reload', async (context) => {
      const result = await settings.reload();
      return context.json(result, result.outcome === 'refused' ? 409 : 200);
    }),
  ];
}

function credentialsOf(settings: KeySettings): readonly (CredentialListing & { readonly kind: string })[] {
  const { apiKeys, signatureKeys, clientCertificates } = settings;
  const kinds = {
    'api-key': apiKeys?.listings ?? [],
    signature: [...(signatureKeys?.values() ?? [])].map(({ listing }) => listing),
    certificate: clientCertificates?.listings ?? [],
  };
  return Object.entries(kinds).flatMap(([kind, listings]) =>
    listings.map((listing) => ({ kind, ...listing })),
  );
}
