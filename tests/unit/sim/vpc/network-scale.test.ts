import { expect, test } from 'vitest';
import { buildVpcModel } from '../../../../sim/vpc/index.ts';
import { configurationOf } from '../terraform/written.ts';
import { ref } from './written-vpc.ts';

const GROUPS = 100;
const RULES = 1000;
const MACHINES = 300;
const SUBNETS = 12;
/** Measured: 1 to 2. Relative, since both suffer alike from whatever else a machine does. */
const RATIO_MAX = 8;

function numbered(count: number, make: (index: number) => object): Record<string, object> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index}`, make(index)]));
}

test('a large configuration takes not much longer to build than to read', () => {
  const vpc_id = ref('aws_vpc.main.id');
  const resource = {
    aws_vpc: { main: { cidr_block: '10.0.0.0/16' } },
    aws_subnet: numbered(SUBNETS, (index) => ({ vpc_id, cidr_block: `10.0.${index * 16}.0/20` })),
    aws_security_group: numbered(GROUPS, (index) => ({ vpc_id, name: `group-${index}` })),
    aws_vpc_security_group_ingress_rule: numbered(RULES, (index) => ({
      security_group_id: ref(`aws_security_group.n${index % GROUPS}.id`),
      referenced_security_group_id: ref(`aws_security_group.n${(index * 7) % GROUPS}.id`),
      ip_protocol: 'tcp',
      from_port: index,
      to_port: index + 1,
    })),
    aws_instance: numbered(MACHINES, (index) => ({
      ami: 'ami-1',
      subnet_id: ref(`aws_subnet.n${index % SUBNETS}.id`),
      vpc_security_group_ids: [ref(`aws_security_group.n${index % GROUPS}.id`)],
    })),
  };
  const document = { provider: { aws: [{ region: 'eu-west-1' }] }, resource };
  // What runs for the first time is compiled, too.
  buildVpcModel(configurationOf(document));
  const start = performance.now();
  const configuration = configurationOf(document);
  const read = performance.now();
  const model = buildVpcModel(configuration);
  const built = performance.now();
  expect(model.interfaces).toHaveLength(MACHINES);
  expect(model.securityGroups.flatMap(({ ingress }) => ingress)).toHaveLength(RULES + 1);
  expect((built - read) / (read - start)).toBeLessThan(RATIO_MAX);
});
