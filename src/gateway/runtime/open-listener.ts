/** Opens the port that clients call, with or without TLS, as the environment says. */

import type { RpcLogger } from '../../rpc/inference.ts';
import { policyNames } from '../authentication/auth-policy.ts';
import type { GatewayConfig } from '../config.ts';
import type { Listen, Listener, ListenOptions } from './listen.ts';
import { listenWithTls, type TlsListener } from './listen-tls.ts';
import { watchNodeFile } from './node-files.ts';
import { parseAuthorities, parseTlsBundle } from './tls-bundle.ts';

export interface OpenListenerOptions {
  readonly listen: Listen;
  readonly fetch: ListenOptions['fetch'];
  readonly logger: RpcLogger;
  /** Takes what has to be released at the end. */
  readonly resources: DisposableStack;
}

/** @throws DrydockError GATEWAY_TLS_INVALID, GATEWAY_CONFIG_INVALID, GATEWAY_PORT_TAKEN, GATEWAY_LISTEN_FAILED */
export async function openListener(config: GatewayConfig, options: OpenListenerOptions): Promise<Listener> {
  const { host, port, runDirectory, access } = config;
  const { listen, fetch, logger, resources } = options;
  if (!access.isTls) return listen({ host, port, fetch });
  let listener: TlsListener | undefined;
  const bundle = resources.use(
    await watchNodeFile(runDirectory, {
      name: 'secrets/tls.pem',
      parse: parseTlsBundle,
      logger,
      onChange: (changed) => listener?.exchange({ bundle: changed, ...authoritiesNow() }),
    }),
  );
  const asksForCertificates =
    policyNames(access.policy, 'certificate') && access.certificateField === undefined;
  const authorities = asksForCertificates
    ? resources.use(
        await watchNodeFile(runDirectory, {
          name: 'secrets/client-ca.pem',
          parse: parseAuthorities,
          logger,
          onChange: (changed) => listener?.exchange({ bundle: bundle.current(), authorities: changed }),
        }),
      )
    : undefined;
  function authoritiesNow() {
    return authorities === undefined ? {} : { authorities: authorities.current() };
  }
  listener = await listenWithTls(listen, {
    host,
    port,
    fetch,
    settings: { bundle: bundle.current(), ...authoritiesNow() },
  });
  return listener;
}
