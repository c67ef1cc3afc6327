/** The user data of a tier's machines: the launch contract's node.env, and what hands it to the container on AWS. */
import { deployedEngineProxy, engineProxyConfigurationPath } from '../src/rpc/contract/engine-proxy.ts';
import { cloudConfig } from './cloud-config.ts';
import { proxyScript, proxyUnit } from './engine-proxy.ts';
import type { Environment } from './environment.ts';
import type { Tier } from './flows.ts';
import { prepareScript, systemdUnit } from './machine-unit.ts';
import { nodeEnvironment } from './node-environment.ts';
import { renewScript, renewUnits } from './renew-script.ts';

export function userData(environment: Environment, tier: Tier): string {
  const renew = renewUnits(environment, tier);
  const hasProxy = tier === 'engine' && environment.engineTls !== undefined;
  const unit = (name: string, content: string) => ({
    path: `/etc/systemd/system/${name}`,
    permissions: '0644',
    content,
  });
  return cloudConfig({
    files: [
      { path: '/etc/drydock/node.env', permissions: '0644', content: nodeEnvironment(environment, tier) },
      { path: '/etc/drydock/prepare.sh', permissions: '0644', content: prepareScript(environment, tier) },
      { path: '/etc/drydock/renew.sh', permissions: '0644', content: renewScript(environment, tier) },
      unit('drydock.service', systemdUnit(environment, tier)),
      unit('drydock-renew.service', renew.service),
      unit('drydock-renew.timer', renew.timer),
      ...(hasProxy
        ? [
            { path: engineProxyConfigurationPath, permissions: '0644', content: deployedEngineProxy() },
            { path: '/etc/drydock/proxy.sh', permissions: '0644', content: proxyScript(environment) },
            unit('drydock-proxy.service', proxyUnit()),
          ]
        : []),
    ],
    commands: [
      ['systemctl', 'daemon-reload'],
      ['systemctl', 'enable', '--now', 'drydock.service'],
      ['systemctl', 'enable', '--now', 'drydock-renew.timer'],
      ...(hasProxy ? [['systemctl', 'enable', '--now', 'drydock-proxy.service']] : []),
    ],
  });
}
