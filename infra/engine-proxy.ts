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
 * which takes a new one without breaking a connection. What is no certificate with its key takes no other's place: the script fails.
 */
export function proxyScript({ region }: Environment): string {
  const certificate = `${run}/${engineProxyFiles.certificate}`;
  const folder = certificate.slice(0, certificate.lastIndexOf('/'));
  return `set -eu
umask 077
install -d -m 0755 ${run}
install -d -m 0700 -o ${proxyUser.id} -g ${proxyUser.id} ${folder}
${closedMetadata(proxyUser.id)}secret=$(echo "$DRYDOCK_ENGINE_CERTIFICATE" | cut -d: -f2-)
trap 'rm -f ${certificate}.new' EXIT
aws secretsmanager get-secret-value --region ${region} --secret-id "$secret" --query SecretString --output text > ${certificate}.new
if cmp -s ${certificate}.new ${certificate}; then exit 0; fi
refuse() { echo "could not use secret $secret: $1; the certificate before it stays: put one with its key into the secret" >&2; exit 1; }
public=$(openssl x509 -in ${certificate}.new -noout -pubkey) || refuse 'it has no certificate'
test "$public" = "$(openssl pkey -in ${certificate}.new -passin pass: -pubout)" || refuse 'its key is not of its certificate'
openssl x509 -in ${certificate}.new -noout -checkend 0 > /dev/null || refuse 'its certificate has expired'
chown ${proxyUser.pair} ${certificate}.new
mv ${certificate}.new ${certificate}
test "$1" = start || systemctl reload drydock-proxy.service
`;
}

/** Fails where none of standard input's certificates is valid today: while an authority is changed, the old one stands beside the new. */
const anyValid = `awk -v check='openssl x509 -noout -checkend 0 > /dev/null' '
  /-BEGIN CERTIFICATE-/,/-END CERTIFICATE-/ { print | check }
  /-END CERTIFICATE-/ { valid += close(check) == 0 }
  END { exit valid == 0 }'`;

/** What prepare.sh of a node does so that its program knows the engines' authority. What is none takes no other's place: the script fails. */
export function authorityStep({ region }: Environment): string {
  const file = `${run}/${engineProxyFiles.authority}`;
  return `authority=$(echo "$DRYDOCK_ENGINE_AUTHORITY" | cut -d: -f2-)
aws secretsmanager get-secret-value --region ${region} --secret-id "$authority" --query SecretString --output text > ${file}.new
openssl crl2pkcs7 -nocrl -certfile ${file}.new -out /dev/null && ${anyValid} < ${file}.new || {
  echo "could not use secret $authority: it has no valid certificate; the one before it stays: put the authority's into the secret" >&2
  rm -f ${file}.new
  exit 1
}
chown ${programUser.pair} ${file}.new
mv ${file}.new ${file}
`;
}

/** By which both of our runtimes add it to the authorities that they know. */
export const authorityOption = `--env NODE_EXTRA_CA_CERTS=${run}/${engineProxyFiles.authority}`;
