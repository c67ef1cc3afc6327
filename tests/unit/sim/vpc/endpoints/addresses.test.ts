import { expect, test } from 'vitest';
import { modelOf, type Resources, ref, refusalOf } from '../written-vpc.ts';

const vpc_id = ref('aws_vpc.main.id');
const subnet_id = ref('aws_subnet.a.id');
const one = ref('aws_security_group.one.id');
const machine = { subnet_id, vpc_security_group_ids: [one] };
const ipv6: Resources = {
  aws_vpc: {
    main: { cidr_block: '10.0.0.0/16', ipv6_cidr_block: '2600:1f18:0:100::/56', ipv6_ipam_pool_id: 'pool' },
  },
  aws_subnet: {
    a: {
      vpc_id,
      cidr_block: '10.0.1.0/24',
      ipv6_cidr_block: '2600:1f18:0:101::/64',
      assign_ipv6_address_on_creation: true,
    },
    b: { vpc_id, cidr_block: '10.0.2.0/24', ipv6_cidr_block: '2600:1f18:0:102::/64' },
  },
};
const addressesOf = (resources: Resources) =>
  Object.fromEntries(modelOf(resources).interfaces.map(({ id, ipv6Address }) => [id, ipv6Address]));

test('IPv6 addresses are given by the subnet, by a number, or as they are written', () => {
  const inB = { ...machine, subnet_id: ref('aws_subnet.b.id') };
  expect(
    addressesOf({
      ...ipv6,
      aws_instance: {
        counted: { ...inB, ipv6_address_count: 1 },
        fixed: { ...machine, ipv6_addresses: ['2600:1f18:0:101::14'] },
        none: inB,
        off: { ...machine, ipv6_address_count: 0 },
        subnet: machine,
      },
    }),
  ).toEqual({
    'counted-0': '2600:1f18:0:102::14',
    'fixed-0': '2600:1f18:0:101::14',
    'none-0': undefined,
    'off-0': undefined,
    'subnet-0': '2600:1f18:0:101::15',
  });
});

test('load balancers and endpoints have IPv6 addresses where they are dual-stack', () => {
  const subnets = [subnet_id, ref('aws_subnet.b.id')];
  const found = addressesOf({
    ...ipv6,
    aws_lb: {
      v4: { subnets, security_groups: [one] },
      v6: { subnets, security_groups: [one], ip_address_type: 'dualstack' },
    },
  });
  expect(Object.entries(found).filter(([, address]) => address !== undefined)).toEqual([
    ['lb-v6-0', '2600:1f18:0:101::14'],
    ['lb-v6-1', '2600:1f18:0:102::14'],
  ]);
});

test('a balancer without public IPv4 has none', () => {
  const aws_lb = {
    l: {
      subnets: [subnet_id, ref('aws_subnet.b.id')],
      security_groups: [one],
      ip_address_type: 'dualstack-without-public-ipv4',
    },
  };
  const [found] = modelOf({ ...ipv6, aws_lb }).interfaces;
  expect(found?.publicAddress).toBeUndefined();
  expect(found?.ipv6Address).toBe('2600:1f18:0:101::14');
});

test.each<[string, Resources, string]>([
  [
    'an IPv6 address outside the subnet',
    { ...ipv6, aws_instance: { m: { ...machine, ipv6_addresses: ['2600:1f18:0:102::9'] } } },
    'INVALID aws_instance.m ipv6_addresses[0]: 2600:1f18:0:102::9 lies outside aws_subnet.a (2600:1f18:0:101::/64)',
  ],
  [
    'an IPv6 address twice',
    {
      ...ipv6,
      aws_instance: {
        m: { ...machine, ipv6_addresses: ['2600:1f18:0:101::9'] },
        n: { ...machine, ipv6_addresses: ['2600:1f18:0:101::9'] },
      },
    },
    'INVALID aws_instance.n ipv6_addresses[0]: aws_instance.m has 2600:1f18:0:101::9 already',
  ],
  [
    'an IPv4 address as IPv6',
    { ...ipv6, aws_instance: { m: { ...machine, ipv6_addresses: ['10.0.1.9'] } } },
    'INVALID aws_instance.m ipv6_addresses[0]: "10.0.1.9" is not an IPv6 address',
  ],
])('refuses %s', (_, resources, line) => {
  expect(refusalOf(resources)).toBe(line);
});

test('services keep the addresses that are written for them', () => {
  const at = { subnet_id, security_groups: [one] };
  const { interfaces } = modelOf({
    ...ipv6,
    aws_efs_mount_target: { m: { ...at, ip_address: '10.0.1.77', ipv6_address: '2600:1f18:0:101::77' } },
    aws_route53_resolver_endpoint: {
      r: {
        security_group_ids: [one],
        ip_address: [
          { subnet_id: ref('aws_subnet.b.id'), ip: '10.0.2.53' },
          { subnet_id, ip: '10.0.1.53' },
        ],
      },
    },
  });
  expect(
    interfaces.map(({ endpoint, privateAddress, ipv6Address }) => [endpoint, privateAddress, ipv6Address]),
  ).toEqual([
    ['aws_efs_mount_target.m', '10.0.1.77', '2600:1f18:0:101::77'],
    ['aws_route53_resolver_endpoint.r#0', '10.0.1.53', undefined],
    ['aws_route53_resolver_endpoint.r#1', '10.0.2.53', undefined],
  ]);
});

const publicMachine = { ...machine, associate_public_ip_address: true };
const rule = (cidrs: readonly string[]) => ({
  aws_security_group: {
    office: { vpc_id, ingress: { from_port: 22, to_port: 22, protocol: 'tcp', cidr_blocks: cidrs } },
  },
});

test.each<[string, readonly string[], string]>([
  ['ranges elsewhere', ['10.0.0.0/8', '192.0.2.0/24'], '198.51.100.1'],
  ['everything', ['0.0.0.0/0'], '198.51.100.1'],
  ['halves of everything', ['0.0.0.0/1', '128.0.0.0/1'], '198.51.100.1'],
  ['the first range', ['198.51.100.0/24'], '203.0.113.1'],
  ['one address of it', ['198.51.100.200/32'], '203.0.113.1'],
  ['both ranges', ['198.51.100.0/24', '203.0.113.64/26'], '198.18.0.1'],
  ['all but the last', ['198.51.100.0/24', '203.0.113.0/24', '198.18.0.0/16'], '198.19.0.1'],
])('public stand-ins keep clear of what a rule singles out: %s', (_, cidrs, expected) => {
  const { interfaces } = modelOf({ ...rule(cidrs), aws_instance: { m: publicMachine } });
  expect(interfaces[0]?.publicAddress).toBe(expected);
});

test('public stand-ins keep clear of blocks in texts, and end with an error', () => {
  const cidrs = ['198.51.100.0/24', '203.0.113.0/24', '198.18.0.0/15'];
  expect(refusalOf({ ...rule(cidrs), aws_instance: { m: publicMachine } })).toBe(
    'UNSUPPORTED aws_subnet.a cidr_block: no stand-in for a public address is left that the configuration does not single out',
  );
});

test('hundreds of public addresses are all different', () => {
  const { interfaces } = modelOf({
    aws_subnet: { a: { vpc_id, cidr_block: '10.0.16.0/20', map_public_ip_on_launch: true } },
    aws_launch_template: { t: { vpc_security_group_ids: [one] } },
    aws_autoscaling_group: {
      g: {
        min_size: 600,
        max_size: 600,
        vpc_zone_identifier: [subnet_id],
        launch_template: { id: ref('aws_launch_template.t.id') },
      },
    },
  });
  expect(new Set(interfaces.map(({ publicAddress }) => publicAddress)).size).toBe(600);
});

test('a NAT gateway has addresses beside the machines’, and a private one no public address', () => {
  const aws_nat_gateway = {
    closed: { subnet_id, connectivity_type: 'private' },
    fixed: { subnet_id, connectivity_type: 'private', private_ip: '10.0.1.20' },
    open: { subnet_id, allocation_id: ref('aws_eip.e.id') },
  };
  const { interfaces, natGateways } = modelOf({
    aws_nat_gateway,
    aws_eip: { e: {} },
    aws_instance: { m: publicMachine },
  });
  expect(interfaces[0]).toMatchObject({ privateAddress: '10.0.1.21', publicAddress: '198.51.100.1' });
  const addresses = natGateways.map(({ address, privateAddress, publicAddress }) => [
    address,
    privateAddress,
    publicAddress,
  ]);
  expect(addresses).toEqual([
    ['aws_nat_gateway.closed', '10.0.1.22', undefined],
    ['aws_nat_gateway.fixed', '10.0.1.20', undefined],
    ['aws_nat_gateway.open', '10.0.1.23', '198.51.100.2'],
  ]);
});

test('ids are short, unique, and the same however the configuration is ordered', () => {
  const long = 'a_very_long_name_of_a_machine_that_somebody_gave_it';
  const names = [`${long}_one`, `${long}_two`, 'lb-l', 'x'];
  const written = (order: readonly string[]) =>
    modelOf({
      aws_instance: Object.fromEntries(order.map((name) => [name, machine])),
      aws_lb: { l: { subnets: [subnet_id, ref('aws_subnet.b.id')], security_groups: [one] } },
    }).interfaces.map(({ id, endpoint }) => [id, endpoint]);
  const ids = written(names).map(([id]) => id ?? '');
  expect(new Set(ids).size).toBe(6);
  for (const id of ids) expect(id).toMatch(/^[a-z0-9][a-z0-9-]{0,39}$/);
  expect(written(names.toReversed())).toEqual(written(names));
  const [alone] = written([`${long}_two`]).filter(([, endpoint]) => endpoint?.endsWith('_two'));
  expect(written(names)).toContainEqual(alone);
});

test('what is added beside machines leaves their addresses as they were', () => {
  const alone = modelOf({ aws_instance: { m: machine } }).instances[0];
  const both = modelOf({
    aws_instance: { m: machine },
    aws_lambda_function: { a: { vpc_config: { subnet_ids: [subnet_id], security_group_ids: [one] } } },
  });
  expect(both.instances[0]).toMatchObject({
    id: alone?.id,
    networkInterface: { privateAddress: alone?.networkInterface.privateAddress },
  });
});
