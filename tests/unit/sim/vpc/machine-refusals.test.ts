import { expect, test } from 'vitest';
import { type Resources, ref, refusalOf } from './written-vpc.ts';

const vpc_id = ref('aws_vpc.main.id');
const subnet_id = ref('aws_subnet.a.id');
const groups = [ref('aws_security_group.one.id')];
const machine = { ami: 'ami-1', instance_type: 't3.micro', subnet_id, vpc_security_group_ids: groups };
const template = { image_id: 'ami-1', vpc_security_group_ids: groups };
const group = {
  min_size: 1,
  max_size: 9,
  desired_capacity: 3,
  vpc_zone_identifier: [ref('aws_subnet.a.id'), ref('aws_subnet.b.id')],
  launch_template: { id: ref('aws_launch_template.t.id'), version: '$Latest' },
};
const tagged = { ...machine, tags: { 'drydock:program': 'engine' } };
const publicSubnet = { a: { vpc_id, cidr_block: '10.0.1.0/24', map_public_ip_on_launch: true } };

const one = (changes: object) => ({ aws_instance: { m: { ...machine, ...changes } } });
const launched = (templateChanges: object, groupChanges: object = {}) => ({
  aws_launch_template: { t: { ...template, ...templateChanges } },
  aws_autoscaling_group: { g: { ...group, ...groupChanges } },
});
const far = {
  aws_vpc: { far: { cidr_block: '10.9.0.0/16' } },
  aws_security_group: { far: { vpc_id: ref('aws_vpc.far.id') } },
};
const NOT_MODELLED = 'it may bear on reachability and is not modelled';

test.each<[string, Resources, string]>([
  ['no subnet', one({ subnet_id: null }), 'INVALID aws_instance.m subnet_id: it is missing'],
  [
    'a subnet by its id',
    one({ subnet_id: 'subnet-1' }),
    'UNRESOLVED aws_instance.m subnet_id: it is not a reference to a resource',
  ],
  [
    'an address outside the subnet',
    one({ private_ip: '10.0.2.9' }),
    'INVALID aws_instance.m private_ip: 10.0.2.9 lies outside aws_subnet.a (10.0.1.0/24)',
  ],
  [
    'no address',
    one({ private_ip: '10.0.1.x' }),
    'INVALID aws_instance.m private_ip: "10.0.1.x" is not an IPv4 address',
  ],
  [
    'an address that AWS keeps, at the start',
    one({ private_ip: '10.0.1.3' }),
    'INVALID aws_instance.m private_ip: AWS keeps 10.0.1.3 of 10.0.1.0/24 for itself',
  ],
  [
    'an address that AWS keeps, at the end',
    one({ private_ip: '10.0.1.255' }),
    'INVALID aws_instance.m private_ip: AWS keeps 10.0.1.255 of 10.0.1.0/24 for itself',
  ],
  [
    'an address that is taken',
    {
      aws_instance: { m: { ...machine, private_ip: '10.0.1.9' }, n: { ...machine, private_ip: '10.0.1.9' } },
    },
    'INVALID aws_instance.n private_ip: aws_instance.m has 10.0.1.9 already',
  ],
  [
    'a machine that forwards',
    one({ source_dest_check: false }),
    'UNSUPPORTED aws_instance.m source_dest_check: a machine that forwards packets of others is not modelled',
  ],
  [
    'IPv6 addresses',
    one({ ipv6_address_count: 1 }),
    `UNSUPPORTED aws_instance.m ipv6_address_count: ${NOT_MODELLED}`,
  ],
  [
    'interfaces of their own',
    one({ network_interface: [{ device_index: 0 }] }),
    `UNSUPPORTED aws_instance.m network_interface: ${NOT_MODELLED}`,
  ],
  [
    'a group of another VPC',
    { ...one({ vpc_security_group_ids: [ref('aws_security_group.far.id')] }), ...far },
    "INVALID aws_instance.m vpc_security_group_ids[0]: aws_security_group.far belongs to aws_vpc.far, the machine's subnet to aws_vpc.main",
  ],
  [
    'user data that is not base64',
    { aws_instance: { m: { ...tagged, user_data_base64: '#cloud' } } },
    'INVALID aws_instance.m user_data_base64: it is not base64 of UTF-8 text',
  ],
  [
    'an elastic address twice',
    {
      aws_instance: { m: machine, n: machine },
      aws_eip: { e: { instance: ref('aws_instance.m.id') } },
      aws_eip_association: {
        e: { allocation_id: ref('aws_eip.e.id'), instance_id: ref('aws_instance.n.id') },
      },
    },
    'INVALID aws_eip_association.e: aws_instance.m has aws_eip.e already',
  ],
  [
    'two elastic addresses',
    {
      aws_instance: { m: machine },
      aws_eip: { e: { instance: ref('aws_instance.m.id') }, f: { instance: ref('aws_instance.m.id') } },
    },
    'INVALID aws_eip.f: aws_instance.m has aws_eip.e already',
  ],
  [
    'groups beside an interface',
    launched({ network_interfaces: [{}] }),
    'INVALID aws_launch_template.t vpc_security_group_ids: AWS takes no groups here when the template has a network interface',
  ],
  [
    'two interfaces',
    launched({ network_interfaces: [{}, {}] }),
    'UNSUPPORTED aws_launch_template.t network_interfaces[1]: machines with several interfaces are not modelled',
  ],
  [
    'a second card',
    launched({ vpc_security_group_ids: [], network_interfaces: [{ device_index: 1 }] }),
    'UNSUPPORTED aws_launch_template.t network_interfaces[0]: only an ordinary first interface is modelled',
  ],
  [
    'a subnet in the template',
    launched({ vpc_security_group_ids: [], network_interfaces: [{ subnet_id }] }),
    `UNSUPPORTED aws_launch_template.t network_interfaces[0].subnet_id: ${NOT_MODELLED}`,
  ],
  [
    'an old version',
    launched({}, { launch_template: { id: ref('aws_launch_template.t.id'), version: 3 } }),
    'UNSUPPORTED aws_autoscaling_group.g launch_template.version: it names a version whose text is not in the configuration',
  ],
  [
    'a template by its id',
    launched({}, { launch_template: { id: 'lt-1' } }),
    'UNRESOLVED aws_autoscaling_group.g launch_template.id: it is not a reference to a resource',
  ],
  [
    'no template',
    launched({}, { launch_template: null }),
    'UNSUPPORTED aws_autoscaling_group.g launch_template: only groups with one launch_template are modelled',
  ],
  [
    'no subnets',
    launched({}, { vpc_zone_identifier: [] }),
    'INVALID aws_autoscaling_group.g vpc_zone_identifier: it names no subnet',
  ],
  [
    'a number of machines that is none',
    launched({}, { desired_capacity: -1 }),
    'INVALID aws_autoscaling_group.g desired_capacity: -1 is not a number of machines',
  ],
  [
    'an unknown number of machines',
    launched({}, { desired_capacity: ref('aws_vpc.main.n') }),
    'UNRESOLVED aws_autoscaling_group.g desired_capacity: aws_vpc.main.n is known only after apply',
  ],
  [
    'target groups',
    launched({}, { target_group_arns: ['arn:x'] }),
    `UNSUPPORTED aws_autoscaling_group.g target_group_arns: ${NOT_MODELLED}`,
  ],
  [
    'a tag without value',
    launched({}, { tag: [{ key: 'a', propagate_at_launch: true }] }),
    'INVALID aws_autoscaling_group.g tag[0].value: it is missing',
  ],
  [
    'more public machines than there are addresses',
    {
      aws_subnet: publicSubnet,
      ...launched({}, { desired_capacity: 600 }),
      aws_launch_template: { t: template },
    },
    'INVALID aws_subnet.a cidr_block: its block 10.0.1.0/24 has no address left for aws_autoscaling_group.g',
  ],
])('refuses %s', (_, resources, line) => {
  expect(refusalOf(resources)).toBe(line);
});

test('refuses more public machines than there are stand-in addresses', () => {
  const wide = { a: { vpc_id, cidr_block: '10.0.16.0/20', map_public_ip_on_launch: true } };
  const many = launched({}, { desired_capacity: 255, vpc_zone_identifier: [subnet_id] });
  expect(refusalOf({ aws_subnet: wide, ...many })).toBe(
    'UNSUPPORTED aws_subnet.a cidr_block: more than 254 machines have a public address',
  );
});
