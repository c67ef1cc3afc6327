import { expect, test } from 'vitest';
import type { Instance } from '../../../../../sim/vpc/index.ts';
import { modelOf, type Resources, ref, refusalOf } from '../written-vpc.ts';

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
const program = { key: 'drydock:program', value: 'worker', propagate_at_launch: true };

function row({ id, address, availabilityZone, networkInterface }: Instance): string {
  const { subnet, privateAddress, publicAddress, securityGroups } = networkInterface;
  const place = `${availabilityZone} ${subnet} ${privateAddress} ${publicAddress ?? '-'}`;
  return `${id} ${address} ${place} ${securityGroups.join(',')}`;
}

function rows(resources: Resources): readonly string[] {
  return modelOf(resources).instances.map(row);
}

test('machines of a group are spread over its subnets in order, and counted on across groups', () => {
  expect(
    rows({
      aws_launch_template: { t: template },
      aws_autoscaling_group: {
        blue: { ...group, tag: [program] },
        green: { ...group, desired_capacity: 1, tag: program },
      },
    }),
  ).toEqual([
    'worker-0 aws_autoscaling_group.blue eu-west-1a aws_subnet.a 10.0.1.20 - aws_security_group.one',
    'worker-1 aws_autoscaling_group.blue eu-west-1b aws_subnet.b 10.0.2.20 - aws_security_group.one',
    'worker-2 aws_autoscaling_group.blue eu-west-1a aws_subnet.a 10.0.1.21 - aws_security_group.one',
    'worker-3 aws_autoscaling_group.green eu-west-1a aws_subnet.a 10.0.1.22 - aws_security_group.one',
  ]);
});

test('without a desired number a group has its least', () => {
  const { desired_capacity: _, ...least } = group;
  expect(rows({ aws_launch_template: { t: template }, aws_autoscaling_group: { g: least } })).toHaveLength(1);
});

test('the order in which resources are written down changes nothing', () => {
  const names = ['m10', 'm2', 'm1'];
  const written = (order: readonly string[]) =>
    rows({ aws_instance: Object.fromEntries(order.map((name) => [name, machine])) });
  expect(written(names)).toEqual(written(names.toReversed()));
  expect(written(names).map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
    'm1-0 aws_instance.m1',
    'm2-0 aws_instance.m2',
    'm10-0 aws_instance.m10',
  ]);
});

test('single machines and those of groups are numbered in one order, by address', () => {
  const tags = { 'drydock:program': 'worker' };
  const resources = {
    aws_instance: { alone: { ...machine, tags } },
    aws_launch_template: { t: template },
    aws_autoscaling_group: { g: { ...group, desired_capacity: 1, tag: [program] } },
  };
  expect(rows(resources).map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
    'worker-0 aws_autoscaling_group.g',
    'worker-1 aws_instance.alone',
  ]);
});

test('ids are lower case letters, digits and dashes', () => {
  const odd = { ...machine, tags: { 'drydock:program': '__' } };
  const ids = modelOf({ aws_instance: { My_Engine: machine, odd } }).instances.map(({ id }) => id);
  expect(ids).toEqual(['machine-0', 'my-engine-0']);
});

test('fixed private addresses are kept, and assigned ones go around them', () => {
  expect(
    rows({
      aws_instance: {
        a: machine,
        b: { ...machine, private_ip: '10.0.1.20' },
        c: machine,
        d: { ...machine, private_ip: '10.0.1.4' },
      },
    }).map((line) => line.split(' ')[4]),
  ).toEqual(['10.0.1.21', '10.0.1.20', '10.0.1.22', '10.0.1.4']);
});

test('a small subnet is filled completely, and then is full', () => {
  const filled = (count: number) => ({
    aws_subnet: { a: { vpc_id, cidr_block: '10.0.1.16/28' } },
    aws_launch_template: { t: template },
    aws_autoscaling_group: { g: { ...group, desired_capacity: count, vpc_zone_identifier: [subnet_id] } },
  });
  const addresses = modelOf(filled(11)).instances.map(
    ({ networkInterface }) => networkInterface.privateAddress,
  );
  expect(addresses).toEqual(Array.from({ length: 11 }, (_, index) => `10.0.1.${20 + index}`));
  expect(refusalOf(filled(12))).toBe(
    'INVALID aws_subnet.a cidr_block: its block 10.0.1.16/28 has no address left for aws_autoscaling_group.g',
  );
});

test('assignment wraps to the addresses below .20 before a subnet is full', () => {
  const capacity = 44;
  const { instances } = modelOf({
    aws_subnet: { a: { vpc_id, cidr_block: '10.0.1.0/26' } },
    aws_launch_template: { t: template },
    aws_autoscaling_group: { g: { ...group, desired_capacity: capacity, vpc_zone_identifier: [subnet_id] } },
  });
  const last = instances.map(({ networkInterface }) => networkInterface.privateAddress).slice(-2);
  expect(last).toEqual(['10.0.1.62', '10.0.1.4']);
});

const publicSubnet = { a: { vpc_id, cidr_block: '10.0.1.0/24', map_public_ip_on_launch: true } };

test('public is who says so, or whose subnet says so, or who has an elastic address', () => {
  const interfaces = (associate: string) => ({
    network_interfaces: [{ associate_public_ip_address: associate, security_groups: groups }],
  });
  const launch = (name: string) => ({
    ...group,
    desired_capacity: 1,
    launch_template: { name: ref(`aws_launch_template.${name}.name`) },
  });
  const found = modelOf({
    aws_subnet: publicSubnet,
    aws_instance: {
      by_subnet: machine,
      not: { ...machine, associate_public_ip_address: false },
      yes: { ...machine, subnet_id: ref('aws_subnet.b.id'), associate_public_ip_address: 'true' },
      elastic: { ...machine, subnet_id: ref('aws_subnet.b.id') },
      associated: { ...machine, subnet_id: ref('aws_subnet.b.id') },
    },
    aws_eip: { one: { domain: 'vpc', instance: ref('aws_instance.elastic.id') }, two: {}, unused: {} },
    aws_eip_association: {
      two: { allocation_id: ref('aws_eip.two.id'), instance_id: ref('aws_instance.associated.id') },
    },
    aws_launch_template: { on: { name: 'named', ...interfaces('true') }, off: interfaces('false') },
    aws_autoscaling_group: { on: launch('on'), off: launch('off') },
  }).instances;
  const addresses = Object.fromEntries(
    found.map(({ id, networkInterface }) => [id, networkInterface.publicAddress]),
  );
  expect(addresses).toEqual({
    'associated-0': '198.51.100.1',
    'by-subnet-0': '198.51.100.2',
    'elastic-0': '198.51.100.3',
    'not-0': undefined,
    'off-0': undefined,
    'on-0': '198.51.100.4',
    'yes-0': '198.51.100.5',
  });
});

test('a machine without groups has the default one of its VPC', () => {
  const { vpc_security_group_ids: _, ...bare } = machine;
  expect(rows({ aws_instance: { bare } })[0]).toContain('aws_vpc.main.default_security_group');
  expect(rows({ aws_instance: { bare }, aws_default_security_group: { mine: { vpc_id } } })[0]).toContain(
    'aws_default_security_group.mine',
  );
});

test("default tags reach what the provider makes itself, and not a group's machines", () => {
  const provider = { aws: [{ region: 'eu-west-1', default_tags: [{ tags: { team: 'x', Name: 'd' } }] }] };
  const { instances } = modelOf(
    {
      aws_instance: { m: { ...machine, tags: { Name: 'm', drop: null } } },
      aws_launch_template: {
        t: {
          ...template,
          tag_specifications: [
            { resource_type: 'instance', tags: { a: 'template', b: 'template' } },
            { resource_type: 'volume', tags: { c: 'template' } },
          ],
        },
      },
      aws_autoscaling_group: {
        g: {
          ...group,
          desired_capacity: 1,
          tag: [
            { key: 'b', value: 'group', propagate_at_launch: true },
            { key: 'd', value: 'group', propagate_at_launch: false },
          ],
        },
      },
    },
    { provider },
  );
  expect(Object.fromEntries(instances.map(({ id, tags }) => [id, tags]))).toEqual({
    'g-0': { a: 'template', b: 'group' },
    'm-0': { team: 'x', Name: 'm' },
  });
});

test('a tag that is known only after apply is left out, unless it is the one that names the program', () => {
  const tags = { Vpc: vpc_id, Name: 'x' };
  expect(modelOf({ aws_instance: { m: { ...machine, tags } } }).instances[0]?.tags).toEqual({ Name: 'x' });
  expect(refusalOf({ aws_instance: { m: { ...machine, tags: { 'drydock:program': vpc_id } } } })).toBe(
    'UNRESOLVED aws_instance.m tags.drydock:program: aws_vpc.main.id is known only after apply',
  );
});

const tagged = { ...machine, tags: { 'drydock:program': 'engine' } };

test.each<[string, object, string | undefined]>([
  ['plain', { user_data: '#cloud-config\nx: 1\n' }, '#cloud-config\nx: 1\n'],
  ['base64 that the provider would not encode again', { user_data: 'I2Nsb3Vk' }, '#cloud'],
  ['base64', { user_data_base64: 'I2Nsb3Vk' }, '#cloud'],
  ['none', {}, undefined],
])('user data of an instance: %s', (_, fields, expected) => {
  expect(modelOf({ aws_instance: { m: { ...tagged, ...fields } } }).instances[0]?.userData).toBe(expected);
});

test('user data of a launch template is decoded, and reaches every machine of the group', () => {
  const user_data = `\${base64encode("#cloud-config\\nname: é $\${x}\\n")}`;
  const { instances } = modelOf({
    aws_launch_template: { t: { ...template, user_data } },
    aws_autoscaling_group: { g: { ...group, tag: [program] } },
  });
  expect(instances.map(({ userData }) => userData)).toEqual(Array(3).fill(`#cloud-config\nname: é \${x}\n`));
});

test('user data of a machine that runs no program is not looked at', () => {
  const user_data = `id=${vpc_id}`;
  expect(modelOf({ aws_instance: { m: { ...machine, user_data } } }).instances[0]).not.toHaveProperty(
    'userData',
  );
  expect(refusalOf({ aws_instance: { m: { ...tagged, user_data } } })).toBe(
    'UNRESOLVED aws_instance.m user_data: aws_vpc.main.id is known only after apply',
  );
});
