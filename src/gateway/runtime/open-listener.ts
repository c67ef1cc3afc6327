/** Opens the port that clients call, with or without TLS, as the environment says. */

import type { GatewayConfig } from '../config.ts';
import type { Listen, Listener, ListenOptions } from './listen.ts';
import { listenWithTls } from './listen-tls.ts';
import type { OpenSettings } from './open-settings.ts';

export interface OpenListenerOptions {
  readonly listen: Listen;
  readonly fetch: ListenOptions['fetch'];
  readonly settings: OpenSettings;
}

/** @throws DrydockError GATEWAY_PORT_TAKEN, GATEWAY_LISTEN_FAILED */
export async function openListener(
  { host, port }: Pick<GatewayConfig, 'host' | 'port'>,
  { listen, fetch, settings }: OpenListenerOptions,
): Promise<Listener> {
  const { tls } = settings.current();
  if (tls === undefined) return listen({ host, port, fetch });
  const listener = await listenWithTls(listen, { host, port, fetch, settings: tls });
  settings.onTls((changed) => listener.exchange(changed));
  return listener;
}
