import { expect, test } from 'vitest';
import { modelOf, type Resources, ref } from '../written-vpc.ts';
import { endpointRows } from './endpoint-rows.ts';

const subnet_id = ref('aws_subnet.a.id');
const one = ref('aws_security_group.one.id');
const elsewhere = ref('data.aws_security_group.other.id');
const machine = { ami: 'ami-1', instance_type: 't3.micro', subnet_id, vpc_security_group_ids: [one] };
const data = { data: { aws_security_group: { other: { name: 'other' } }, aws_subnet: { other: {} } } };
const template = { vpc_security_group_ids: [one] };
const group = {
  min_size: 1,
  max_size: 2,
  vpc_zone_identifier: [subnet_id, ref('aws_subnet.b.id')],
  launch_template: { id: ref('aws_launch_template.t.id') },
};
const launched = (templateChanges: object, groupChanges: object = {}): Resources => ({
  aws_launch_template: { t: { ...template, ...templateChanges } },
  aws_autoscaling_group: { g: { ...group, ...groupChanges } },
});
const NO_REFERENCE = 'it is not a reference to a resource';

test.each<[string, object, readonly string[]]>([
  ['a subnet by its id', { subnet_id: 'subnet-1' }, [`unplaced aws_instance.m: subnet_id: ${NO_REFERENCE}`]],
  [
    'a subnet that is found elsewhere',
    { subnet_id: ref('data.aws_subnet.other.id') },
    [
      'unplaced aws_instance.m: subnet_id: data.aws_subnet.other.id does not identify an aws_subnet of this configuration',
    ],
  ],
  [
    'one group of two',
    { vpc_security_group_ids: [one, elsewhere] },
    ['aws_instance.m instance a one groups?'],
  ],
  [
    'a group by its id',
    { vpc_security_group_ids: ['sg-1'] },
    ['aws_instance.m instance a unfiltered groups?'],
  ],
  [
    'whether it is public',
    { associate_public_ip_address: ref('aws_vpc.main.n') },
    ['aws_instance.m instance a one public?'],
  ],
  [
    'an attribute that nobody knows',
    { wire_to: 'moon' },
    ['aws_instance.m instance a one groups?', 'unmodelled aws_instance.m: every packet of aws_instance.m'],
  ],
  [
    'an old version of a template, beside groups of its own',
    { launch_template: { id: ref('aws_launch_template.t.id'), version: 3 } },
    ['aws_instance.m instance a one public?'],
  ],
])('what is not known of a machine touches its own part: %s', (_, changes, rows) => {
  const resources = { aws_launch_template: { t: template }, aws_instance: { m: { ...machine, ...changes } } };
  expect(endpointRows(resources, data)).toEqual(rows);
});

test('a machine that forwards for others is listed, and judged as a machine', () => {
  expect(endpointRows({ aws_instance: { m: { ...machine, source_dest_check: false } } })).toEqual([
    'aws_instance.m instance a one',
    'unmodelled aws_instance.m: packets that aws_instance.m forwards for others',
  ]);
  expect(endpointRows({ aws_instance: { m: { ...machine, source_dest_check: true } } })).toHaveLength(1);
});

test('further private addresses of an interface are listed', () => {
  const secondary_private_ips = ['10.0.1.50'];
  expect(endpointRows({ aws_instance: { m: { ...machine, secondary_private_ips } } })).toContain(
    'unmodelled aws_instance.m: packets to and from the further private addresses of aws_instance.m',
  );
});

const members = (rest: string) => [`aws_autoscaling_group.g#0 autoscaling-member a ${rest}`];

test.each<[string, Resources, readonly string[]]>([
  ['nothing', launched({}), members('one')],
  [
    'a version whose text is not there',
    launched({}, { launch_template: { id: ref('aws_launch_template.t.id'), version: 3 } }),
    members('one groups? public?'),
  ],
  [
    'a template by its id',
    launched({}, { launch_template: { id: 'lt-1' } }),
    members('default_group groups? public?'),
  ],
  [
    'a second interface',
    launched({
      vpc_security_group_ids: [],
      network_interfaces: [{ security_groups: [one] }, { device_index: 1 }],
    }),
    [
      ...members('one'),
      'unmodelled aws_launch_template.t: packets of the further interfaces of machines made from aws_launch_template.t',
    ],
  ],
  [
    'the number of machines: each subnet has one',
    launched({}, { desired_capacity: ref('aws_vpc.main.n') }),
    [
      ...members('one'),
      'aws_autoscaling_group.g#1 autoscaling-member b one',
      'unmodelled aws_autoscaling_group.g: how many machines aws_autoscaling_group.g has',
    ],
  ],
  [
    'a subnet of two',
    launched({}, { vpc_zone_identifier: [subnet_id, 'subnet-1'] }),
    [...members('one'), `unplaced aws_autoscaling_group.g#1: vpc_zone_identifier[1]: ${NO_REFERENCE}`],
  ],
  [
    'all subnets',
    launched({}, { vpc_zone_identifier: ['subnet-1'] }),
    [`unplaced aws_autoscaling_group.g#0: vpc_zone_identifier[0]: ${NO_REFERENCE}`],
  ],
])('what is not known of a group of machines touches its own part: %s', (_, resources, rows) => {
  const short = (row: string) => row.replaceAll('aws_vpc.main.default_security_group', 'default_group');
  expect(endpointRows(resources).map(short)).toEqual(rows);
});

test('a group that wants no machine is judged by one', () => {
  expect(endpointRows(launched({}, { min_size: 0, desired_capacity: 0 }))).toEqual(members('one'));
});

test('machines of mixed instances, and of launch configurations, are as their template says', () => {
  const mixed = {
    launch_template: null,
    mixed_instances_policy: {
      launch_template: {
        launch_template_specification: { launch_template_id: ref('aws_launch_template.t.id') },
      },
    },
  };
  expect(endpointRows(launched({}, mixed))).toEqual(members('one'));
  const old = { launch_template: null, launch_configuration: ref('aws_launch_configuration.c.name') };
  const aws_launch_configuration = { c: { security_groups: [one], associate_public_ip_address: true } };
  expect(endpointRows({ ...launched({}, old), aws_launch_configuration })).toEqual(members('one public'));
});

test('every member of a group knows where the group is written', () => {
  const [member] = modelOf(launched({})).interfaces;
  expect(member?.place?.file).toBe('main.tf.json');
  expect(member).toMatchObject({ address: 'aws_autoscaling_group.g', id: 'g-0' });
});
