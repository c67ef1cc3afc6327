/** What has interfaces: instances, auto-scaling groups, interfaces of their own, load balancers, endpoints, databases. */

import { add, type Body, type Draft, type DraftSubnet, type DraftVpc, isFilled, ref } from './draft.ts';

const IMAGE = { instance_type: 't4g.micro' };
const AMI = 'ami-0123456789abcdef0';
const GROUPS_MAX = 2;

type Add = (draft: Draft, place: { readonly vpc: DraftVpc; readonly name: string }) => void;

/** Until no more interfaces may be added; every VPC gets its turn. */
export function addMachines(draft: Draft, vpcs: readonly DraftVpc[]): void {
  const { random } = draft;
  if (!isFilled(vpcs)) return;
  const imagined = vpcs.reduce((sum, { subnets, groups }) => sum + subnets.length * groups.length, 0);
  if (imagined > 1 && imagined <= draft.interfacesLeft && random.chance(0.15)) {
    draft.features.add('no machines at all');
    return;
  }
  for (let index = 0; draft.interfacesLeft > 0; index += 1) {
    const vpc = vpcs[index % vpcs.length] ?? vpcs[0];
    const more: Add = random.pick(KINDS);
    const before = draft.interfacesLeft;
    more(draft, { vpc, name: `${vpc.name}_m${index}` });
    // A kind that needs more than is left gives way to one that always fits.
    if (draft.interfacesLeft === before) addInstance(draft, { vpc, name: `${vpc.name}_m${index}` });
    if (index >= vpcs.length && random.chance(0.15)) return;
  }
}

const addInstance: Add = (draft, { vpc, name }) => {
  const { random, features } = draft;
  const subnet = random.pick(vpc.subnets);
  const isPublic = random.chance(0.45);
  add(
    draft,
    { type: 'aws_instance', name },
    {
      ami: AMI,
      ...IMAGE,
      subnet_id: ref(`aws_subnet.${subnet.name}.id`),
      ...groupsOf(draft, vpc, 'vpc_security_group_ids'),
      ...(random.chance(0.8) && { associate_public_ip_address: isPublic }),
    },
  );
  features.add('instance');
  draft.interfacesLeft -= 1;
  if (!vpc.hasInternetGateway || !random.chance(0.2)) return;
  features.add('elastic address');
  add(draft, { type: 'aws_eip', name }, { domain: 'vpc', instance: ref(`aws_instance.${name}.id`) });
};

const addAutoscalingGroup: Add = (draft, { vpc, name }) => {
  const { random, features } = draft;
  const capacity = Math.min(draft.interfacesLeft, random.integer(1, 3));
  const subnets = random.some(vpc.subnets, 2);
  const isPublic = random.chance(0.4);
  const groups = groupsOf(draft, vpc, 'security_groups');
  add(
    draft,
    { type: 'aws_launch_template', name },
    {
      image_id: AMI,
      ...IMAGE,
      ...(isPublic
        ? { network_interfaces: [{ associate_public_ip_address: 'true', ...groups }] }
        : { vpc_security_group_ids: groups.security_groups }),
    },
  );
  add(
    draft,
    { type: 'aws_autoscaling_group', name },
    {
      min_size: capacity,
      max_size: capacity,
      desired_capacity: capacity,
      vpc_zone_identifier: subnets.map((subnet) => ref(`aws_subnet.${subnet.name}.id`)),
      launch_template: [{ id: ref(`aws_launch_template.${name}.id`), version: '$Latest' }],
    },
  );
  features.add('auto-scaling group');
  draft.interfacesLeft -= capacity;
};

const addInterface: Add = (draft, { vpc, name }) => {
  const { random, features } = draft;
  const subnet = random.pick(vpc.subnets);
  add(
    draft,
    { type: 'aws_network_interface', name },
    { subnet_id: ref(`aws_subnet.${subnet.name}.id`), ...groupsOf(draft, vpc, 'security_groups') },
  );
  features.add('network interface');
  draft.interfacesLeft -= 1;
};

const addLoadBalancer: Add = (draft, { vpc, name }) => {
  const { random, features } = draft;
  const subnets = subnetsInZones(draft, vpc);
  const isNetwork = subnets.length < 2 || random.chance(0.5);
  const isInternal = !vpc.hasInternetGateway || random.chance(0.4);
  if (subnets.length > draft.interfacesLeft) return;
  const isOpen = isNetwork && random.chance(0.4);
  add(
    draft,
    { type: 'aws_lb', name },
    {
      name: name.replaceAll('_', '-'),
      load_balancer_type: isNetwork ? 'network' : 'application',
      internal: isInternal,
      subnets: subnets.map((subnet) => ref(`aws_subnet.${subnet.name}.id`)),
      ...(!isOpen && groupsOf(draft, vpc, 'security_groups', 1)),
    },
  );
  features.add(
    isOpen ? 'load balancer without groups' : `${isNetwork ? 'network' : 'application'} load balancer`,
  );
  draft.interfacesLeft -= subnets.length;
};

const addInterfaceEndpoint: Add = (draft, { vpc, name }) => {
  const { random, features } = draft;
  const subnets = subnetsInZones(draft, vpc);
  if (subnets.length > draft.interfacesLeft) return;
  add(
    draft,
    { type: 'aws_vpc_endpoint', name },
    {
      vpc_id: ref(`aws_vpc.${vpc.name}.id`),
      service_name: `com.amazonaws.eu-west-1.${random.pick(['kms', 'logs', 'sts'])}`,
      vpc_endpoint_type: 'Interface',
      subnet_ids: subnets.map((subnet) => ref(`aws_subnet.${subnet.name}.id`)),
      ...groupsOf(draft, vpc, 'security_group_ids', 1),
    },
  );
  features.add('interface endpoint');
  draft.interfacesLeft -= subnets.length;
};

const KINDS = [
  addInstance,
  addInstance,
  addInstance,
  addAutoscalingGroup,
  addInterface,
  addLoadBalancer,
  addInterfaceEndpoint,
] as const;

/** One in each of some zones, as load balancers and endpoints have them. */
function subnetsInZones({ random }: Draft, vpc: DraftVpc): readonly DraftSubnet[] {
  const byZone = new Map(vpc.subnets.map((subnet) => [subnet.zone, subnet]));
  return random.some([...byZone.values()], random.integer(1, 2));
}

/** Under the attribute; none means the default group of the VPC, where the kind allows it. */
function groupsOf({ random, features }: Draft, vpc: DraftVpc, attribute: string, countMin = 0): Body {
  const count = Math.max(countMin, random.chance(0.12) ? 0 : random.integer(1, GROUPS_MAX));
  if (count === 0) features.add('default security group');
  if (count > 1) features.add('several groups on one interface');
  if (count === 0) return {};
  return {
    [attribute]: random.some(vpc.groups, count).map((group) => ref(`aws_security_group.${group}.id`)),
  };
}
