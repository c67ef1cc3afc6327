/** From the model to what resolver and metadata of each VPC answer. Pure. */

import type { CompiledFabric } from '../compile/index.ts';
import type { Instance, NetworkInterface, Vpc, VpcModel } from '../vpc/model.ts';
import type { LocalServices, MachineMetadata, ResolverNames } from './local-services.ts';
import {
  hostZone,
  instanceId,
  loadBalancerName,
  privateHostName,
  publicHostName,
  reverseName,
  serviceName,
} from './names.ts';
import { defaultMetadata, defaultVpc, type LocalServiceSettings } from './settings.ts';

export interface LocalServicesProcess {
  /** Of the machine that it runs as. */
  readonly id: string;
  /** Of the VPC. */
  readonly address: string;
  /** Of the VPC's router. */
  readonly namespace: string;
  readonly services: LocalServices;
}

const resolverEverywhere = '169.254.169.253';
const metadataAddress = '169.254.169.254';
/** Every link of the fabric has it; AWS's are unique. */
const hardwareAddress = '02:00:00:00:00:01';

export function planLocalServices(
  model: VpcModel,
  fabric: CompiledFabric,
  settings: LocalServiceSettings,
): readonly LocalServicesProcess[] {
  return model.vpcs.flatMap((vpc, index) => {
    const router = fabric.routers.find(({ address }) => address === vpc.address);
    const members = interfacesOf(model, vpc);
    if (router === undefined || members.length === 0) return [];
    const { hasResolver } = settings.vpcs.get(vpc.address) ?? defaultVpc;
    const [first = ''] = router.answersAt;
    return [
      {
        id: `local-services-${index}`,
        address: vpc.address,
        namespace: router.namespace,
        services: {
          resolver: {
            addresses: hasResolver ? [first, resolverEverywhere] : [],
            names: namesOf(model, vpc, settings),
          },
          metadata: { address: metadataAddress, machines: machinesOf(model, members, settings) },
        },
      },
    ];
  });
}

/** Routers offer nothing below port 1024 by themselves; those that serve do so without any privilege. */
export function withLocalServices(fabric: CompiledFabric): CompiledFabric {
  const serving = fabric.routers.map(({ namespace }) => [
    namespace,
    { ...fabric.sysctls[namespace], 'ipv4/ip_unprivileged_port_start': '0' },
  ]);
  return { ...fabric, sysctls: { ...fabric.sysctls, ...Object.fromEntries(serving) } };
}

function interfacesOf(model: VpcModel, vpc: Vpc): readonly NetworkInterface[] {
  const subnets = new Set(
    model.subnets.filter((one) => one.vpc === vpc.address).map(({ address }) => address),
  );
  return model.interfaces.filter(({ subnet }) => subnets.has(subnet));
}

type Names = readonly (readonly [name: string, addresses: readonly string[]])[];

function namesOf(model: VpcModel, vpc: Vpc, settings: LocalServiceSettings): ResolverNames {
  const { region } = model;
  const members = interfacesOf(model, vpc);
  const hasHostNames = settings.vpcs.get(vpc.address)?.hasHostNames ?? defaultVpc.hasHostNames;
  const machines = model.instances.filter(({ networkInterface }) =>
    members.some(({ id }) => id === networkInterface.id),
  );
  const hosts: Names = [
    ...members.map(
      ({ privateAddress }) => [privateHostName(privateAddress, region), [privateAddress]] as const,
    ),
    ...machines.map(
      ({ id, networkInterface }) =>
        [`${instanceId(id)}.${hostZone(region)}`, addressesOf(networkInterface)] as const,
    ),
    // Inside the VPC a public name means the private address.
    ...members.flatMap(({ publicAddress, privateAddress }) =>
      publicAddress === undefined || !hasHostNames
        ? []
        : [[publicHostName(publicAddress, region), [privateAddress]] as const],
    ),
  ];
  return {
    exact: Object.fromEntries([...hosts, ...balancerNames(model, settings)]),
    below: Object.fromEntries([...gatewayServices(model, vpc), ...privateServices(model, members, settings)]),
    reverse: Object.fromEntries(
      members.map(({ privateAddress }) => [
        reverseName(privateAddress),
        privateHostName(privateAddress, region),
      ]),
    ),
    zones: [hostZone(region)],
    reverseRanges: vpc.cidrs,
  };
}

/** Those of other VPCs too: their names are public, whatever they lead to. */
function balancerNames(model: VpcModel, { loadBalancerNames }: LocalServiceSettings): Names {
  return model.loadBalancers.flatMap((balancer) => {
    const name = loadBalancerNames.get(balancer.address);
    if (name === undefined) return [];
    const addresses = model.interfaces
      .filter(({ id }) => balancer.interfaces.includes(id))
      .flatMap(({ privateAddress, publicAddress, ipv6Address }) => [
        balancer.isInternal ? privateAddress : publicAddress,
        ipv6Address,
      ])
      .filter((address) => address !== undefined);
    return [[loadBalancerName(balancer, { name, region: model.region }), addresses] as const];
  });
}

/** The first address of the range that stands for the service. */
function gatewayServices(model: VpcModel, vpc: Vpc): Names {
  return model.gatewayEndpoints
    .filter((endpoint) => endpoint.vpc === vpc.address)
    .map(({ service, cidrs }) => [
      serviceName(service, model),
      cidrs
        .filter((cidr) => cidr.includes('.'))
        .map((cidr) => cidr.replace(/\d+\/\d+$/, (end) => String(Number.parseInt(end, 10) + 1))),
    ]);
}

function privateServices(
  model: VpcModel,
  members: readonly NetworkInterface[],
  { privateServices: services }: LocalServiceSettings,
): Names {
  return [...services].flatMap(([address, service]) => {
    const own = members.filter((member) => member.address === address);
    return own.length === 0 ? [] : [[serviceName(service, model), own.flatMap(addressesOf)] as const];
  });
}

function addressesOf({ privateAddress, ipv6Address }: NetworkInterface): readonly string[] {
  return [privateAddress, ...(ipv6Address === undefined ? [] : [ipv6Address])];
}

function machinesOf(
  model: VpcModel,
  members: readonly NetworkInterface[],
  settings: LocalServiceSettings,
): Readonly<Record<string, MachineMetadata>> {
  const machines = model.instances.filter(({ networkInterface }) =>
    members.some(({ id }) => id === networkInterface.id),
  );
  return Object.fromEntries(
    machines.map((machine) => [
      machine.networkInterface.privateAddress,
      metadataOf(machine, model.region, settings),
    ]),
  );
}

function metadataOf(machine: Instance, region: string, settings: LocalServiceSettings): MachineMetadata {
  const { networkInterface, availabilityZone, tags, userData } = machine;
  const { privateAddress, publicAddress, ipv6Address } = networkInterface;
  const { isEnabled, requiresToken, hasTags } = settings.metadata.get(machine.address) ?? defaultMetadata;
  const hostName = privateHostName(privateAddress, region);
  return {
    isEnabled,
    requiresToken,
    values: {
      hostname: hostName,
      'instance-id': instanceId(machine.id),
      'local-hostname': hostName,
      'local-ipv4': privateAddress,
      mac: hardwareAddress,
      'placement/availability-zone': availabilityZone,
      'placement/region': region,
      ...(publicAddress !== undefined && { 'public-ipv4': publicAddress }),
      ...(ipv6Address !== undefined && { ipv6: ipv6Address }),
      ...(hasTags &&
        Object.fromEntries(Object.entries(tags).map(([key, value]) => [`tags/instance/${key}`, value]))),
    },
    ...(userData !== undefined && { userData }),
  };
}
