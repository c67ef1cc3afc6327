/** Opens what an environment's policy asks for: the files and addresses that its checks need, and nothing else. */

import type { RpcLogger } from '../../rpc/inference.ts';
import type { AppOptions } from '../app.ts';
import { apiKeyCheck } from '../authentication/api-key-check.ts';
import { parseApiKeys } from '../authentication/api-keys.ts';
import { policyNames } from '../authentication/auth-policy.ts';
import { certificateCheck } from '../authentication/certificate-check.ts';
import { parseClientCertificates } from '../authentication/client-certificates.ts';
import type { CredentialCheck } from '../authentication/credential-check.ts';
import { jwtCheck } from '../authentication/jwt-check.ts';
import { createNonceMemory } from '../authentication/nonce-memory.ts';
import type { AuthMethod } from '../authentication/principal.ts';
import { signatureCheck, signatureWindowMs } from '../authentication/signature-check.ts';
import { parseSignatureKeys } from '../authentication/signature-keys.ts';
import type { Clock } from '../clock.ts';
import type { GatewayConfig } from '../config.ts';
import { watchNodeFile } from './node-files.ts';
import { remoteJwks } from './remote-jwks.ts';

export interface OpenAccessOptions {
  readonly clock: Clock;
  readonly logger: RpcLogger;
  /** Takes what has to be released at the end. */
  readonly resources: DisposableStack;
}

/** @throws DrydockError GATEWAY_CONFIG_INVALID, GATEWAY_KEYS_INVALID */
export async function openAccess(
  config: GatewayConfig,
  options: OpenAccessOptions,
): Promise<AppOptions['access']> {
  const { access, runDirectory } = config;
  const { policy, addresses, certificateField: field, jwt } = access;
  const { clock, logger, resources } = options;
  const checks: Partial<Record<AuthMethod, CredentialCheck>> = {};
  if (policyNames(policy, 'api-key')) {
    const name = 'secrets/api-keys.json';
    const file = resources.use(await watchNodeFile(runDirectory, { name, parse: parseApiKeys, logger }));
    checks['api-key'] = apiKeyCheck(file.current, { clock });
  }
  if (jwt !== undefined) {
    checks.jwt = jwtCheck({ settings: jwt, keys: remoteJwks(jwt.jwksUrl, { clock }), clock });
  }
  if (policyNames(policy, 'signature')) {
    const name = 'secrets/signature-keys.json';
    const file = resources.use(
      await watchNodeFile(runDirectory, { name, parse: parseSignatureKeys, logger }),
    );
    const nonces = createNonceMemory({ clock, windowMs: signatureWindowMs });
    checks.signature = signatureCheck(file.current, { clock, nonces });
  }
  if (policyNames(policy, 'certificate')) {
    const name = 'secrets/client-certificates.json';
    const file = resources.use(
      await watchNodeFile(runDirectory, { name, parse: parseClientCertificates, logger }),
    );
    const { trustedProxies } = addresses;
    checks.certificate = certificateCheck(file.current, {
      clock,
      ...(field === undefined ? {} : { field }),
      ...(trustedProxies === undefined ? {} : { trustedProxies }),
    });
  }
  return { policy, checks, addresses };
}
