/**
 * The machines: gateways and workers in auto-scaling groups, one engine per zone at a fixed address, which it keeps
 * when it is replaced. No machine has an SSH key, a plain disk, or a metadata service that answers without a token.
 */
import { Fn, Token } from 'cdktn';
import { credentialRoles } from '../src/rpc/contract/credential.ts';
import { AutoscalingGroup, DataAwsSsmParameter, Instance, LaunchTemplate } from './aws/index.ts';
import type { Declare } from './declare.ts';
import type { Environment } from './environment.ts';
import { subnetsOf, type Tier } from './flows.ts';
import type { InstanceProfiles } from './identity.ts';
import type { Network } from './network.ts';
import { verifyKeysTag } from './renew-script.ts';
import type { SecurityGroups } from './security-groups.ts';
import { userData } from './user-data.ts';

export interface MachineOptions {
  readonly environment: Environment;
  readonly network: Network;
  readonly groups: SecurityGroups;
  readonly profiles: InstanceProfiles;
}

/**
 * Tokens alone, and one hop, so that nothing routed asks. The container runs on the machine's own network; prepare.sh keeps its
 * user from asking for the role's credentials.
 */
const metadataOptions = { httpEndpoint: 'enabled', httpTokens: 'required', httpPutResponseHopLimit: 1 };

export function declareMachines(declare: Declare, options: MachineOptions): void {
  const image = declare(DataAwsSsmParameter, 'machine_image', {
    name: options.environment.machineImageParameter,
  });
  const engines = declareEngines(declare, options, image);
  declareGroup(declare, options, { tier: 'gateway', image, engines });
  declareGroup(declare, options, { tier: 'worker', image, engines });
}

function declareEngines(declare: Declare, options: MachineOptions, image: DataAwsSsmParameter): Instance[] {
  const { environment, network, groups, profiles } = options;
  const verifyKeys = credentialRoles.map((role) => {
    const name = environment.verifyKeysParameters[role];
    const parameter = declare(DataAwsSsmParameter, `${role}_verify_keys`, { name });
    return [verifyKeysTag(role), parameter.insecureValue] as const;
  });
  return network.zones.map(({ zone, letter, private: subnet }) =>
    declare(Instance, `engine_${letter}`, {
      ami: image.insecureValue,
      instanceType: environment.engine.instanceType,
      subnetId: subnet.id,
      privateIp: zone.engineAddress,
      associatePublicIpAddress: false,
      vpcSecurityGroupIds: [groups.engine.id],
      iamInstanceProfile: profiles.engine.name,
      maintenanceOptions: { autoRecovery: 'default' },
      // Public keys come by tags: an engine has no way to anything else, and a tag changes without a new machine.
      metadataOptions: { ...metadataOptions, instanceMetadataTags: 'enabled' },
      rootBlockDevice: { encrypted: true, volumeType: 'gp3' },
      userData: userData(environment, 'engine'),
      // cloud-init reads user data once in a machine's life, so a change means a new machine.
      userDataReplaceOnChange: true,
      // A newly published image must not replace every engine at once. They are rolled one by one, with -replace.
      lifecycle: { ignoreChanges: ['ami'] },
      tags: {
        ...machineTags(environment, 'engine', `engine-${letter}`),
        ...Object.fromEntries(verifyKeys),
      },
    }),
  );
}

interface GroupOptions {
  readonly tier: 'gateway' | 'worker';
  readonly image: DataAwsSsmParameter;
  readonly engines: readonly Instance[];
}

function declareGroup(declare: Declare, options: MachineOptions, group: GroupOptions): void {
  const { environment, network } = options;
  const { tier, engines } = group;
  const { desired, max } = environment[tier];
  const template = declareLaunchTemplate(declare, options, group);
  declare(AutoscalingGroup, tier, {
    name: `drydock-${environment.name}-${tier}`,
    minSize: desired,
    desiredCapacity: desired,
    maxSize: max,
    vpcZoneIdentifier: network.zones.map((zone) => zone[subnetsOf[tier]].id),
    launchTemplate: { id: template.id, version: Token.asString(template.latestVersion) },
    // The provider's default tags do not reach machines that a group starts.
    tag: Object.entries({
      ...machineTags(environment, tier, tier),
      'drydock:environment': environment.name,
    }).map(([key, value]) => ({ key, value, propagateAtLaunch: true })),
    // Engines first: AWS could otherwise give one of their addresses to a machine of this group.
    dependsOn: [...engines],
  });
}

function declareLaunchTemplate(
  declare: Declare,
  { environment, groups, profiles }: MachineOptions,
  { tier, image }: GroupOptions,
): LaunchTemplate {
  const isPublic = subnetsOf[tier] === 'public';
  return declare(LaunchTemplate, tier, {
    name: `drydock-${environment.name}-${tier}`,
    imageId: image.insecureValue,
    instanceType: environment[tier].instanceType,
    iamInstanceProfile: { arn: profiles[tier].arn },
    metadataOptions,
    networkInterfaces: [
      {
        associatePublicIpAddress: isPublic ? 'true' : 'false',
        deleteOnTermination: 'true',
        securityGroups: [groups[tier].id],
      },
    ],
    blockDeviceMappings: [{ deviceName: '/dev/xvda', ebs: { encrypted: 'true', volumeType: 'gp3' } }],
    userData: Fn.base64encode(Fn.rawString(userData(environment, tier))),
  });
}

function machineTags(environment: Environment, tier: Tier, name: string): Record<string, string> {
  return { Name: `drydock-${environment.name}-${name}`, 'drydock:program': tier };
}
