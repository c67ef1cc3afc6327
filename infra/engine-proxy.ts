/**
 * HAProxy of the machine image beside an engine, where an environment has TLS between nodes and engines: it owns the ports that nodes dial,
 * as a user of its own, who alone reads the certificate's key. What it is configured to do: `src/rpc/contract/engine-proxy.ts`.
 */
import { engineProxyFiles } from '../src/rpc/contract/engine-proxy.ts';
import type { Environment } from './environment.ts';
import { closedMetadata, programUser } from './renew-script.ts';

const proxyUser = { id: '65531', pair: '65531:65531' } as const;
const run = '/run/drydock';

/** @returns the text of drydock-proxy.service. */
export function proxyUnit(): string {
  return `[Unit]
Description=Drydock TLS beside the engine
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
Type=exec
EnvironmentFile=/etc/drydock/node.env
ExecStartPre=+/bin/sh /etc/drydock/proxy.sh start
ExecStart=/usr/sbin/haproxy -W -f /etc/drydock/haproxy.cfg
ExecReload=/bin/kill -USR2 $MAINPID
KillMode=mixed
User=${proxyUser.id}
Group=${proxyUser.id}
NoNewPrivileges=true
CapabilityBoundingSet=
ProtectSystem=strict
PrivateTmp=true
LimitNOFILE=32768
Restart=always
RestartSec=1
TimeoutStartSec=600

[Install]
WantedBy=multi-user.target
`;
}

/**
 * @returns the text of proxy.sh, which fetches the certificate: with `start` before HAProxy begins, with `renew` while it runs,
 * which takes a new one without breaking a connection.
 */
export function proxyScript({ region }: Environment): string {
  const certificate = `${run}/${engineProxyFiles.certificate}`;
  const folder = certificate.slice(0, certificate.lastIndexOf('/'));
  return `set -eu
umask 077
install -d -m 0755 ${run}
install -d -m 0700 -o ${proxyUser.id} -g ${proxyUser.id} ${folder}
${closedMetadata(proxyUser.id)}secret=$(echo "$DRYDOCK_ENGINE_CERTIFICATE" | cut -d: -f2-)
aws secretsmanager get-secret-value --region ${region} --secret-id "$secret" --query SecretString --output text > ${certificate}.new
chown ${proxyUser.pair} ${certificate}.new
if cmp -s ${certificate}.new ${certificate}; then rm ${certificate}.new; exit 0; fi
mv ${certificate}.new ${certificate}
test "$1" = start || systemctl reload drydock-proxy.service
`;
}

/** What prepare.sh of a node does so that its program knows the engines' authority. */
export function authorityStep({ region }: Environment): string {
  const file = `${run}/${engineProxyFiles.authority}`;
  return `authority=$(echo "$DRYDOCK_ENGINE_AUTHORITY" | cut -d: -f2-)
aws secretsmanager get-secret-value --region ${region} --secret-id "$authority" --query SecretString --output text > ${file}.new
chown ${programUser.pair} ${file}.new
mv ${file}.new ${file}
`;
}

/** By which both of our runtimes add it to the authorities that they know. */
export const authorityOption = `--env NODE_EXTRA_CA_CERTS=${run}/${engineProxyFiles.authority}`;
