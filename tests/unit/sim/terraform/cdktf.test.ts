import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createEvaluator, fieldsOf, readTerraform } from '../../../../sim/terraform/index.ts';

const fixture = fileURLToPath(new URL('../../../fixtures/terraform-cdktf/cdk.tf.json', import.meta.url));

test('what cdktf 0.21 wrote reads: iterators, functions, variables and data sources', async () => {
  const configuration = await readTerraform(fixture, { variables: { ports: '[443, 8443]' } });
  expect([...configuration.resources.keys()].sort()).toEqual([
    'aws_instance.database',
    'aws_instance.machine["shop"]',
    'aws_instance.machine["web"]',
    'aws_internet_gateway.gateway',
    'aws_route.default',
    'aws_route_table.public',
    'aws_route_table_association.association-0',
    'aws_route_table_association.association-1',
    'aws_security_group.db',
    'aws_security_group.web',
    'aws_subnet.subnet-0',
    'aws_subnet.subnet-1',
    'aws_vpc.vpc',
    'aws_vpc_security_group_ingress_rule.db-from-web',
  ]);
  const evaluator = createEvaluator(configuration);
  const open = (address: string) => {
    const block = configuration.resources.get(address);
    if (block === undefined) throw new Error(`${address} was not read`);
    return fieldsOf(block, evaluator);
  };
  expect(open('aws_subnet.subnet-1').text('cidr_block')).toBe('10.90.1.0/24');
  expect(open('aws_subnet.subnet-1').text('availability_zone')).toBe('eu-north-1b');
  expect(
    open('aws_security_group.web')
      .blocks('ingress')
      .map((rule) => rule.number('from_port')),
  ).toEqual([443, 8443]);
  const db = open('aws_security_group.db');
  expect([db.isWritten('ingress'), db.blocks('ingress')]).toEqual([true, []]);
  expect(open('aws_instance.machine["web"]').map('tags').get('Name')?.value).toBe('web');
});
