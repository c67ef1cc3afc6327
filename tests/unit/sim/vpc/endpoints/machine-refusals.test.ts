import { expect, test } from 'vitest';
import { failureOf } from '../../terraform/written.ts';
import { modelOf, type Resources, ref, refusalOf } from '../written-vpc.ts';

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

const one = (changes: object) => ({ aws_instance: { m: { ...machine, ...changes } } });
const launched = (templateChanges: object, groupChanges: object = {}) => ({
  aws_launch_template: { t: { ...template, ...templateChanges } },
  aws_autoscaling_group: { g: { ...group, ...groupChanges } },
});
const far = {
  aws_vpc: { far: { cidr_block: '10.9.0.0/16' } },
  aws_security_group: { far: { vpc_id: ref('aws_vpc.far.id') } },
};

test.each<[string, Resources, string]>([
  [
    'groups of another VPC where no subnet is named',
    one({ subnet_id: null }),
    "INVALID aws_instance.m vpc_security_group_ids[0]: aws_security_group.one belongs to aws_vpc.main, the machine's subnet to aws_default_vpc",
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
    'IPv6 where the subnet has none',
    one({ ipv6_address_count: 1 }),
    'INVALID aws_instance.m ipv6_address_count: aws_subnet.a has no IPv6 block',
  ],
  [
    'an interface that is not named',
    one({ network_interface: [{ device_index: 0 }] }),
    'INVALID aws_instance.m network_interface[0].network_interface_id: it is missing',
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
    'no template',
    launched({}, { launch_template: null }),
    'INVALID aws_autoscaling_group.g launch_template: it says neither by launch_template nor otherwise what its machines are made from',
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
    'a tag without value',
    launched({}, { tag: [{ key: 'a', propagate_at_launch: true }] }),
    'INVALID aws_autoscaling_group.g tag[0].value: it is missing',
  ],
])('refuses %s', (_, resources, line) => {
  expect(refusalOf(resources)).toBe(line);
});

test('lists every mistake, one line each', () => {
  const failure = failureOf(() =>
    modelOf({
      aws_instance: {
        m: { ...machine, private_ip: '10.0.2.9' },
        n: { ...machine, private_ip: '10.0.1.x' },
      },
      ...launched({}, { desired_capacity: 2000 }),
    }),
  );
  expect(failure.code).toBe('SIM_TERRAFORM_PROBLEMS');
  expect(failure.message.split('\n').map((line) => line.replace(/ \(.*/, ''))).toEqual([
    'could not read aws_instance.m private_ip',
    'could not read aws_instance.n private_ip',
    'could not read aws_autoscaling_group.g desired_capacity',
  ]);
});
