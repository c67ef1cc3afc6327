/**
 * All that may change while the gateway runs, read as one: credentials, limits, who may call, certificates. Either every file of it can be
 * used, or none of it is; what an access policy does not name is not read.
 */

import { type ApiKeys, parseAdminKeys, parseApiKeys } from '../authentication/api-keys.ts';
import { policyNames } from '../authentication/auth-policy.ts';
import { type ClientCertificates, parseClientCertificates } from '../authentication/client-certificates.ts';
import { type AccessSettings, parseAccessFile } from '../authentication/environment.ts';
import { parseSignatureKeys, type SignatureKeys } from '../authentication/signature-keys.ts';
import type { GatewayConfig } from '../config.ts';
import { type LimitPolicies, noLimits, parseLimitPolicies } from '../limits/policy.ts';
import type { TlsSettings } from './listen-tls.ts';
import type { FileSet } from './reloaded-files.ts';
import { parseAuthorities, parseTlsBundle } from './tls-bundle.ts';

export interface NodeSettings {
  readonly access: AccessSettings;
  /** There where the policy names their method, as the two that follow. */
  readonly apiKeys?: ApiKeys;
  readonly signatureKeys?: SignatureKeys;
  readonly clientCertificates?: ClientCertificates;
  /** Absent: nobody may administer. */
  readonly adminKeys?: ApiKeys;
  readonly limits: LimitPolicies;
  /** There where connections are encrypted up to here. */
  readonly tls?: TlsSettings;
}

/** Paths in the run directory, each of which may appear or change. */
export const settingFiles = [
  'access.json',
  'limits.json',
  'secrets/api-keys.json',
  'secrets/signature-keys.json',
  'secrets/client-certificates.json',
  'secrets/admin-keys.json',
  'secrets/tls.pem',
  'secrets/client-ca.pem',
] as const;

export type SettingFile = (typeof settingFiles)[number];

/** @throws DrydockError of the first file that cannot be used. */
export async function readNodeSettings(
  config: Pick<GatewayConfig, 'access' | 'accessTexts'>,
  files: FileSet<SettingFile>,
): Promise<NodeSettings> {
  const access =
    (await files.optional('access.json', (text) => parseAccessFile(text, config.accessTexts))) ??
    config.access;
  const { policy } = access;
  const adminKeys = await files.optional('secrets/admin-keys.json', parseAdminKeys);
  return {
    access,
    limits: (await files.optional('limits.json', parseLimitPolicies)) ?? noLimits,
    ...(adminKeys === undefined ? {} : { adminKeys }),
    ...(policyNames(policy, 'api-key')
      ? { apiKeys: await files.needed('secrets/api-keys.json', parseApiKeys) }
      : {}),
    ...(policyNames(policy, 'signature')
      ? { signatureKeys: await files.needed('secrets/signature-keys.json', parseSignatureKeys) }
      : {}),
    ...(policyNames(policy, 'certificate')
      ? {
          clientCertificates: await files.needed('secrets/client-certificates.json', parseClientCertificates),
        }
      : {}),
    ...(access.isTls ? { tls: await readTls(access, files) } : {}),
  };
}

async function readTls(
  { policy, certificateField }: AccessSettings,
  files: FileSet<SettingFile>,
): Promise<TlsSettings> {
  const bundle = await files.needed('secrets/tls.pem', parseTlsBundle);
  if (!policyNames(policy, 'certificate') || certificateField !== undefined) return { bundle };
  return { bundle, authorities: await files.needed('secrets/client-ca.pem', parseAuthorities) };
}
