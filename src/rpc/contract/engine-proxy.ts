/**
 * HAProxy's configuration for the proxy that ends TLS beside an engine, which cannot: it owns the two ports that nodes dial, and the
 * engine listens behind it on the loopback. It keeps keys out of its log, tells the engine who dials, bounds
 * every handshake, and lets through nothing but the engine's own paths. Pure.
 */

import { ports } from './ports.ts';

/** Below /run/drydock: what the proxy reads, and what nodes trust it by. */
export const engineProxyFiles = {
  certificate: 'proxy/engine.pem',
  authority: 'engine-authority.pem',
} as const;

/** What stands in a node's /etc/drydock where a proxy is to run beside its engine. */
export const engineProxyConfigurationPath = '/etc/drydock/haproxy.cfg';

/** That of the deployment: nodes dial the ports that an engine without a proxy has. */
export function deployedEngineProxy(): string {
  const host = '0.0.0.0';
  const { workers, gateways } = ports.engineBehindProxy;
  return engineProxyConfiguration({
    certificateFile: `/run/drydock/${engineProxyFiles.certificate}`,
    listeners: [
      { name: 'workers', host, port: ports.engineForWorkers, enginePort: workers },
      { name: 'gateways', host, port: ports.engineForGateways, enginePort: gateways },
    ],
  });
}

export interface EngineProxyOptions {
  /** PEM with the certificate of the engine's address and its private key. */
  readonly certificateFile: string;
  readonly listeners: readonly {
    readonly name: string;
    /** What nodes dial. */
    readonly host: string;
    readonly port: number;
    /** Where the engine listens, on 127.0.0.1. */
    readonly enginePort: number;
  }[];
}

const connectionsMax = 8192;
/** The SDK pings each connection every 20 s, so one that is silent for longer is nobody's. */
const connectionIdleSeconds = 90;
/** Nothing passes through a channel while its worker reads a long prompt. */
const channelIdleSeconds = 3600;

/** Path alone (`HPO`), for the query of a channel's address holds its key. */
const logFormat = '%ci:%cp %ft %HM %HPO %ST %ts %Tt';

export function engineProxyConfiguration({ certificateFile, listeners }: EngineProxyOptions): string {
  const lines = [
    'global',
    `    maxconn ${connectionsMax}`,
    '    log stdout format raw local0 info',
    '    ssl-default-bind-options ssl-min-ver TLSv1.3',
    'defaults',
    '    mode http',
    '    log global',
    `    log-format "${logFormat}"`,
    '    timeout connect 5s',
    '    timeout http-request 10s',
    '    timeout client 10s',
    '    timeout server 10s',
    '    timeout client-fin 10s',
    '    option clitcpka',
    '    retries 0',
    ...listeners.flatMap(({ name, host, port, enginePort }) => [
      `frontend ${name}`,
      `    bind ${host}:${port} ssl crt ${certificateFile} alpn http/1.1`,
      '    acl is-channel path_reg ^/ws/channels/[^/]+$',
      '    http-request deny deny_status 404 if !{ path / } !is-channel',
      // What the peer says of it is replaced: the auth functions log it.
      '    http-request set-header x-forwarded-for %[src]',
      `    use_backend ${name}-channels if is-channel`,
      `    default_backend ${name}`,
      ...backend(name, connectionIdleSeconds, enginePort),
      ...backend(`${name}-channels`, channelIdleSeconds, enginePort),
    ]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function backend(name: string, idleSeconds: number, enginePort: number): readonly string[] {
  return [
    `backend ${name}`,
    `    timeout tunnel ${idleSeconds}s`,
    `    server engine 127.0.0.1:${enginePort}`,
  ];
}
