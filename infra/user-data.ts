/** The user data of a tier's machines: the launch contract's node.env, and what hands it to the container on AWS. */
import { cloudConfig } from './cloud-config.ts';
import type { Environment } from './environment.ts';
import type { Tier } from './flows.ts';
import { prepareScript, systemdUnit } from './machine-unit.ts';
import { nodeEnvironment } from './node-environment.ts';

export function userData(environment: Environment, tier: Tier): string {
  return cloudConfig({
    files: [
      { path: '/etc/drydock/node.env', permissions: '0644', content: nodeEnvironment(environment, tier) },
      { path: '/etc/drydock/prepare.sh', permissions: '0644', content: prepareScript(environment, tier) },
      {
        path: '/etc/systemd/system/drydock.service',
        permissions: '0644',
        content: systemdUnit(environment, tier),
      },
    ],
    commands: [
      ['systemctl', 'daemon-reload'],
      ['systemctl', 'enable', '--now', 'drydock.service'],
    ],
  });
}
