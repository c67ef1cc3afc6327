import { expect, test } from 'vitest';
import { modelOf, type Resources, ref, refusalOf } from '../written-vpc.ts';
import { endpointRows } from './endpoint-rows.ts';

const vpc_id = ref('aws_vpc.main.id');
const one = ref('aws_security_group.one.id');
const two = ref('aws_security_group.two.id');
const machine = { subnet_id: ref('aws_subnet.a.id'), vpc_security_group_ids: [one] };
const card = { subnet_id: ref('aws_subnet.b.id'), security_groups: [two], private_ips: ['10.0.2.40'] };
const first = {
  network_interface: [{ device_index: 0, network_interface_id: ref('aws_network_interface.n.id') }],
};

test('an interface of its own is an endpoint, attached or not', () => {
  const resources = {
    aws_network_interface: { n: card },
    aws_instance: { m: machine },
    aws_network_interface_attachment: {
      a: {
        instance_id: ref('aws_instance.m.id'),
        network_interface_id: ref('aws_network_interface.n.id'),
        device_index: 1,
      },
    },
  };
  expect(endpointRows(resources)).toEqual([
    'aws_network_interface.n network-interface b two',
    'aws_instance.m instance a one',
  ]);
  expect(modelOf(resources).interfaces[0]).toMatchObject({ id: 'eni-n-0', privateAddress: '10.0.2.40' });
});

test.each([
  ['by number', first],
  [
    'as its primary',
    { primary_network_interface: { network_interface_id: ref('aws_network_interface.n.id') } },
  ],
])('an interface that a machine has as its first is that machine: %s', (_, fields) => {
  const { interfaces, instances } = modelOf({
    aws_network_interface: { n: card },
    aws_instance: { m: fields },
  });
  expect(interfaces).toMatchObject([
    { endpoint: 'aws_instance.m', kind: 'instance', subnet: 'aws_subnet.b', privateAddress: '10.0.2.40' },
  ]);
  expect(instances.map(({ id }) => id)).toEqual(['m-0']);
});

test('an interface that is attached has no public address by its subnet, only by an elastic one', () => {
  const aws_subnet = { b: { vpc_id, cidr_block: '10.0.2.0/24', map_public_ip_on_launch: true } };
  const resources = { aws_subnet, aws_network_interface: { n: card }, aws_instance: { m: first } };
  expect(endpointRows(resources)).toEqual(['aws_instance.m instance b two']);
  const aws_eip = { e: { network_interface: ref('aws_network_interface.n.id') } };
  expect(endpointRows({ ...resources, aws_eip })).toEqual(['aws_instance.m instance b two public']);
});

test('groups that are attached from outside stand beside an interface’s own', () => {
  const attachment = (network_interface_id: string) => ({
    aws_network_interface_sg_attachment: { x: { security_group_id: two, network_interface_id } },
  });
  const machines = { aws_instance: { m: machine, n: machine } };
  expect(
    endpointRows({ ...machines, ...attachment(ref('aws_instance.m.primary_network_interface_id')) }),
  ).toEqual(['aws_instance.m instance a one,two', 'aws_instance.n instance a one']);
  expect(endpointRows({ ...machines, ...attachment('eni-1') })).toEqual([
    'aws_instance.m instance a one groups?',
    'aws_instance.n instance a one groups?',
    'unmodelled aws_network_interface_sg_attachment.x: which interface the group of aws_network_interface_sg_attachment.x is given to',
  ]);
});

test('an elastic address of which nobody knows who has it may be anybody’s', () => {
  const aws_eip_association = { x: { allocation_id: 'eipalloc-1', instance_id: 'i-1' } };
  expect(endpointRows({ aws_instance: { m: machine }, aws_eip_association })).toEqual([
    'aws_instance.m instance a one public?',
    'unmodelled aws_eip_association.x: who has the address of aws_eip_association.x',
  ]);
});

test('an elastic address that is not of this configuration is one all the same', () => {
  const aws_eip_association = { x: { allocation_id: 'eipalloc-1', instance_id: ref('aws_instance.m.id') } };
  expect(endpointRows({ aws_instance: { m: machine }, aws_eip_association })).toEqual([
    'aws_instance.m instance a one public',
  ]);
});

const far = {
  aws_vpc: { far: { cidr_block: '10.9.0.0/16' } },
  aws_security_group: { far: { vpc_id: ref('aws_vpc.far.id') } },
};

test.each<[string, Resources, string]>([
  [
    'no subnet',
    { aws_network_interface: { n: { security_groups: [one] } } },
    'INVALID aws_network_interface.n subnet_id: it is missing',
  ],
  [
    'an address that is taken',
    {
      aws_network_interface: { n: card },
      aws_instance: { m: { subnet_id: card.subnet_id, private_ip: '10.0.2.40' } },
    },
    'INVALID aws_network_interface.n private_ips[0]: aws_instance.m has 10.0.2.40 already',
  ],
  [
    'a group of another VPC',
    {
      ...far,
      aws_network_interface: { n: { ...card, security_groups: [ref('aws_security_group.far.id')] } },
    },
    'INVALID aws_network_interface.n security_groups[0]: aws_security_group.far belongs to aws_vpc.far, its subnet to aws_vpc.main',
  ],
  [
    'an attached group of another VPC',
    {
      ...far,
      aws_network_interface: { n: card },
      aws_network_interface_sg_attachment: {
        x: {
          security_group_id: ref('aws_security_group.far.id'),
          network_interface_id: ref('aws_network_interface.n.id'),
        },
      },
    },
    'INVALID aws_network_interface_sg_attachment.x security_group_id: aws_security_group.far belongs to aws_vpc.far, aws_network_interface.n to aws_vpc.main',
  ],
  [
    'an association of an address with nothing',
    { aws_eip: { e: {} }, aws_eip_association: { x: { allocation_id: ref('aws_eip.e.id') } } },
    'INVALID aws_eip_association.x instance_id: it is missing',
  ],
  [
    'an address that a machine and its interface have twice',
    {
      aws_network_interface: { n: card },
      aws_instance: { m: first },
      aws_eip: {
        e: { instance: ref('aws_instance.m.id') },
        f: { network_interface: ref('aws_network_interface.n.id') },
      },
    },
    'INVALID aws_eip.f: aws_instance.m has aws_eip.e already',
  ],
  [
    'an address that a NAT gateway has',
    {
      aws_instance: { m: machine },
      aws_eip: { e: { instance: ref('aws_instance.m.id') } },
      aws_nat_gateway: { g: { subnet_id: ref('aws_subnet.a.id'), allocation_id: ref('aws_eip.e.id') } },
    },
    'INVALID aws_nat_gateway.g allocation_id: aws_instance.m has aws_eip.e already',
  ],
])('refuses %s', (_, resources, line) => {
  expect(refusalOf(resources)).toBe(line);
});
