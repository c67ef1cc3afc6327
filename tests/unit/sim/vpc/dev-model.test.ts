import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readTerraform } from '../../../../sim/terraform/index.ts';
import { buildVpcModel, type SecurityGroupRule, type VpcModel } from '../../../../sim/vpc/index.ts';

const model = buildVpcModel(
  await readTerraform(fileURLToPath(new URL('../../../../infra/synth/dev', import.meta.url))),
);

function short(address: string): string {
  return address.replace(/^aws_(vpc_)?/, '');
}

function match(rule: VpcModel['networkAcls'][number]['ingress'][number] | SecurityGroupRule): string {
  const { protocol, ports, icmp } = rule;
  if (icmp) return `${protocol}:${icmp.type}/${icmp.code}`;
  return ports ? `${protocol}:${ports.from}-${ports.to}` : String(protocol);
}

test('machines, with their places and addresses', () => {
  const rows = model.instances.map(({ id, address, availabilityZone, tags, networkInterface }) =>
    [
      id,
      short(address),
      tags['drydock:program'],
      availabilityZone,
      short(networkInterface.subnet),
      networkInterface.privateAddress,
      networkInterface.publicAddress ?? '-',
      networkInterface.securityGroups.map(short).join(),
    ].join(' '),
  );
  expect(rows).toEqual([
    'engine-0 instance.engine_a engine eu-west-1a subnet.private_a 10.0.10.10 - security_group.engine',
    'engine-1 instance.engine_b engine eu-west-1b subnet.private_b 10.0.11.10 - security_group.engine',
    'gateway-0 autoscaling_group.gateway gateway eu-west-1a subnet.public_a 10.0.0.20 198.51.100.1 security_group.gateway',
    'worker-0 autoscaling_group.worker worker eu-west-1a subnet.private_a 10.0.10.20 - security_group.worker',
    'worker-1 autoscaling_group.worker worker eu-west-1b subnet.private_b 10.0.11.20 - security_group.worker',
  ]);
});

test('user data is plain, and names the engines by their addresses', () => {
  const engines = 'DRYDOCK_ENGINES=eu-west-1a=10.0.10.10,eu-west-1b=10.0.11.10';
  for (const { tags, userData } of model.instances) {
    expect(userData).toMatch(/^#cloud-config\n/);
    expect(userData?.includes(engines)).toBe(tags['drydock:program'] !== 'engine');
  }
});

test('subnets, with what is in force for them', () => {
  const rows = model.subnets.map(({ address, cidr, availabilityZone, networkAcl, routeTable }) =>
    [short(address), cidr, availabilityZone, short(networkAcl), short(routeTable)].join(' '),
  );
  expect(rows).toEqual([
    'subnet.private_a 10.0.10.0/24 eu-west-1a network_acl.private route_table.private_a',
    'subnet.private_b 10.0.11.0/24 eu-west-1b network_acl.private route_table.private_b',
    'subnet.public_a 10.0.0.0/24 eu-west-1a network_acl.public route_table.public',
    'subnet.public_b 10.0.1.0/24 eu-west-1b network_acl.public route_table.public',
  ]);
});

test('rules of security groups: one opening to the internet, none to workers', () => {
  const rows = model.securityGroups.flatMap(({ address, ingress, egress }) => {
    const row = (direction: string) => (rule: SecurityGroupRule) => {
      const peer =
        rule.peer.kind === 'cidr'
          ? rule.peer.cidr
          : 'address' in rule.peer
            ? short(rule.peer.address)
            : 'any';
      return `${short(address)} ${direction} ${match(rule)} ${peer} by ${short(rule.address)}`;
    };
    return [...ingress.map(row('from')), ...egress.map(row('to'))];
  });
  expect(rows).toEqual([
    'security_group.engine from 6:49136-49136 security_group.gateway by security_group_ingress_rule.engine_from_gateway_49136',
    'security_group.engine from 6:49134-49134 security_group.worker by security_group_ingress_rule.engine_from_worker_49134',
    'security_group.gateway from 6:443-443 0.0.0.0/0 by security_group_ingress_rule.gateway_from_internet_443',
    'security_group.gateway to 6:49136-49136 security_group.engine by security_group_egress_rule.gateway_to_engine_49136',
    'security_group.worker to 6:49134-49134 security_group.engine by security_group_egress_rule.worker_to_engine_49134',
    'security_group.worker to 6:443-443 endpoint.s3 by security_group_egress_rule.worker_to_s3_443',
  ]);
});

test('rules of network ACLs, in the order in which they are tried', () => {
  const rows = model.networkAcls.flatMap(({ address, ingress, egress }) => {
    const row = (direction: string) => (rule: (typeof ingress)[number]) =>
      `${short(address)} ${direction} ${rule.number} ${rule.action} ${match(rule)} ${rule.cidr}`;
    return [...ingress.map(row('in')), ...egress.map(row('out'))];
  });
  expect(rows).toEqual([
    'network_acl.private in 100 allow 6:49136-49136 10.0.0.0/24',
    'network_acl.private in 101 allow 6:49136-49136 10.0.1.0/24',
    'network_acl.private in 102 allow 6:49134-49134 10.0.10.0/24',
    'network_acl.private in 103 allow 6:49134-49134 10.0.11.0/24',
    'network_acl.private in 200 allow 6:1024-65535 10.0.10.0/24',
    'network_acl.private in 201 allow 6:1024-65535 10.0.11.0/24',
    'network_acl.private in 300 deny all 10.0.0.0/16',
    'network_acl.private in 400 allow 6:1024-65535 0.0.0.0/0',
    'network_acl.private out 100 allow 6:49134-49134 10.0.10.0/24',
    'network_acl.private out 101 allow 6:49134-49134 10.0.11.0/24',
    'network_acl.private out 200 allow 6:1024-65535 10.0.0.0/24',
    'network_acl.private out 201 allow 6:1024-65535 10.0.1.0/24',
    'network_acl.private out 202 allow 6:1024-65535 10.0.10.0/24',
    'network_acl.private out 203 allow 6:1024-65535 10.0.11.0/24',
    'network_acl.private out 300 deny all 10.0.0.0/16',
    'network_acl.private out 400 allow 6:443-443 0.0.0.0/0',
    'network_acl.public in 200 allow 6:1024-65535 10.0.10.0/24',
    'network_acl.public in 201 allow 6:1024-65535 10.0.11.0/24',
    'network_acl.public in 300 deny all 10.0.0.0/16',
    'network_acl.public in 400 allow 6:443-443 0.0.0.0/0',
    'network_acl.public in 401 allow 1:3/4 0.0.0.0/0',
    'network_acl.public out 100 allow 6:49136-49136 10.0.10.0/24',
    'network_acl.public out 101 allow 6:49136-49136 10.0.11.0/24',
    'network_acl.public out 300 deny all 10.0.0.0/16',
    'network_acl.public out 400 allow 6:1024-65535 0.0.0.0/0',
  ]);
});

test('routes: the internet from public subnets, S3 from private ones', () => {
  const rows = model.routeTables.flatMap(({ address, routes }) =>
    routes.map(({ destinations, target }) => {
      const to = 'address' in target ? short(target.address) : target.kind;
      return `${short(address)} ${destinations.join()} to ${to}`;
    }),
  );
  expect(rows).toEqual([
    'default_route_table.default 10.0.0.0/16 to local',
    'route_table.private_a 10.0.0.0/16 to local',
    'route_table.private_a 192.0.2.0/25 to endpoint.s3',
    'route_table.private_b 10.0.0.0/16 to local',
    'route_table.private_b 192.0.2.0/25 to endpoint.s3',
    'route_table.public 10.0.0.0/16 to local',
    'route_table.public 0.0.0.0/0 to internet_gateway.main',
  ]);
  expect(model.internetGateways).toMatchObject([
    { address: 'aws_internet_gateway.main', vpc: 'aws_vpc.main' },
  ]);
});

test('what came with the VPC is adopted and empty', () => {
  const group = model.securityGroups.find(({ name }) => name === 'default');
  const acl = model.networkAcls.find(({ address }) => address.includes('default'));
  expect(group).toMatchObject({ address: 'aws_default_security_group.default', ingress: [], egress: [] });
  expect(acl).toMatchObject({ address: 'aws_default_network_acl.default', ingress: [], egress: [] });
});
