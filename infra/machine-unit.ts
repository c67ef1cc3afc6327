/**
 * What a machine does on AWS to start its one program: fetch what stands behind the references of node.env, then
 * run the container. The container's image is already in the machine image (`--pull never`): an engine has
 * no way out of the VPC at all, and needs none. Gateways and workers retry until their secrets can be reached, and in a VPC
 * without an endpoint for Secrets Manager that is never.
 */

import { authorityOption, authorityStep } from './engine-proxy.ts';
import type { Environment } from './environment.ts';
import type { Tier } from './flows.ts';
import { closedMetadata, describeFunction, programUser } from './renew-script.ts';

const user = programUser.pair;

/** @returns the text of drydock.service. */
export function systemdUnit(environment: Environment, tier: Tier): string {
  const volumes: Record<Tier, readonly string[]> = {
    gateway: ['--volume /var/lib/drydock/audit:/run/drydock/audit'],
    engine: [],
    worker: [
      '--volume /var/lib/drydock/model:/run/drydock/model:ro',
      '--volume /var/lib/drydock/cache:/run/drydock/cache',
    ],
  };
  const run = [
    '/usr/bin/docker run --rm --name drydock --pull never --network host',
    `--user ${user} --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges`,
    '--env-file /etc/drydock/node.env --volume /run/drydock:/run/drydock:ro',
    ...(dialsByTls(environment, tier) ? [authorityOption] : []),
    ...volumes[tier],
    environment[tier].image,
  ];
  return `[Unit]
Description=Drydock ${tier}
Requires=docker.service
After=docker.service network-online.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
EnvironmentFile=/etc/drydock/node.env
ExecStartPre=-/usr/bin/docker rm --force drydock
ExecStartPre=/bin/sh /etc/drydock/prepare.sh
ExecStart=${run.join(' ')}
ExecStop=/usr/bin/docker stop --time 30 drydock
Restart=always
RestartSec=1
TimeoutStartSec=600

[Install]
WantedBy=multi-user.target
`;
}

/** @returns the text of prepare.sh, which fills /run/drydock as docs/launch-contract.md says. */
export function prepareScript(environment: Environment, tier: Tier): string {
  const { region } = environment;
  const steps: Record<Tier, string> = {
    engine: '',
    gateway: `# The program is nobody, and listens on 443.
sysctl -q -w net.ipv4.ip_unprivileged_port_start=443
install -d -m 0700 -o 65532 -g 65532 /run/drydock/secrets /var/lib/drydock/audit
install -d /run/drydock/audit
secret=$(echo "$DRYDOCK_API_KEYS" | cut -d: -f2-)
umask 077
keys=/run/drydock/secrets/api-keys.json
aws secretsmanager get-secret-value --region ${region} --secret-id "$secret" --query SecretString --output text > "$keys.new"
chown ${user} "$keys.new"
mv "$keys.new" "$keys"
`,
    worker: `install -d /run/drydock/model /run/drydock/cache /var/lib/drydock/model
install -d -o 65532 -g 65532 /var/lib/drydock/cache
aws s3 sync --region ${region} --only-show-errors "$DRYDOCK_MODEL" /var/lib/drydock/model
`,
  };
  return `set -eu
install -d /run/drydock
${describeFunction}describe instance-id > /run/drydock/node-id
describe placement/availability-zone > /run/drydock/availability-zone
${quickAcknowledgements}${closedMetadata(programUser.id)}/bin/sh /etc/drydock/renew.sh
${dialsByTls(environment, tier) ? authorityStep(environment) : ''}${steps[tier]}`;
}

function dialsByTls({ engineTls }: Environment, tier: Tier): boolean {
  return engineTls !== undefined && tier !== 'engine';
}

/**
 * iii does not turn Nagle's algorithm off, and its second small frame waits for the acknowledgement of the first, which Linux
 * delays by 40 ms. A route that does not take the attribute costs that time and nothing else.
 */
const quickAcknowledgements = `ip -4 route show | while read -r route; do
  ip -4 route change $route quickack 1 || true
done
`;
