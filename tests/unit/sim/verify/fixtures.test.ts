/** Every network finding that a reviewer names in the fixtures' expected.md comes out of verify, and no error beside them. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type Report, reportSchema } from '../../../../sim/verify/report.ts';
import { runVerify } from '../../../../sim/verify/verify-runtime.ts';

const fixtures = fileURLToPath(new URL('../../../fixtures/terraform/', import.meta.url));

async function verifiedFixture(name: string): Promise<{ code: number; report: Report }> {
  let printed = '';
  const code = await runVerify({
    path: `${fixtures}${name}`,
    variables: {},
    variableFiles: [],
    format: 'json',
    isEnforced: false,
    print: (text) => {
      printed += text;
    },
  });
  return { code, report: reportSchema.parse(JSON.parse(printed)) };
}

/** How blocks within a resource are counted is the reader's matter. */
const ofBlock = (address: string) => address.replace(/\.(ingress|egress)\[\d+\].*$/, '.$1');

interface Expected {
  readonly name: string;
  readonly code: 0 | 1 | 2;
  /** All errors there are: id, address, line. */
  readonly errors: readonly string[];
  /** Of warnings and notes, those that the reviewer names. */
  readonly advice: readonly string[];
}

const expected: readonly Expected[] = [
  {
    name: 'alb-ecs-endpoints',
    code: 0,
    errors: [],
    advice: [
      'task-cannot-pull-image aws_ecs_service.api',
      'interface-endpoint-admits-vpc aws_security_group.endpoints.ingress',
      'plain-http-behind-load-balancer aws_lb_listener.https',
    ],
  },
  {
    name: 'count-cidrsubnet',
    code: 1,
    errors: [
      'internet-reaches-admin-port aws_security_group.bastion.ingress',
      'private-subnet-is-public aws_subnet.private[2]',
    ],
    advice: [
      'no-public-address aws_instance.worker[2]',
      'zone-without-nat-gateway aws_nat_gateway.main[0]',
      'unrestricted-egress aws_security_group.worker.egress',
    ],
  },
  {
    name: 'default-vpc',
    code: 0,
    errors: [],
    advice: [
      'default-vpc-in-use aws_default_vpc.default',
      'every-machine-public aws_default_vpc.default',
      'default-security-group-in-use aws_default_security_group.default',
      'plain-http-from-internet aws_instance.web',
      'group-without-egress aws_security_group.web',
    ],
  },
  {
    name: 'dual-stack',
    code: 1,
    errors: [
      'internet-reaches-admin-port aws_security_group.web.ingress',
      'internet-reaches-database-port aws_vpc_security_group_ingress_rule.db_migration',
      'private-subnet-is-public aws_subnet.db',
    ],
    advice: ['ipv6-wider-than-ipv4 aws_instance.web', 'ipv6-wider-than-ipv4 aws_instance.db'],
  },
  {
    name: 'foreach-tiers',
    code: 0,
    errors: [],
    advice: [
      'latent-opening aws_security_group_rule.legacy_ssh["app"]',
      'latent-opening aws_security_group_rule.legacy_ssh["db"]',
    ],
  },
  {
    name: 'inline-dynamic-nacl',
    code: 1,
    errors: ['answer-dropped aws_network_acl.edge', 'rule-never-matches aws_security_group.edge.ingress'],
    advice: ['ephemeral-ports-open aws_network_acl.edge.ingress'],
  },
  {
    name: 'local-modules',
    code: 1,
    errors: ['internet-reaches-admin-port module.api["dev"].aws_security_group_rule.ssh[0]'],
    advice: [
      'every-machine-public module.net["dev"].aws_vpc.this',
      'peer-wider-than-network module.api["dev"].aws_security_group_rule.service',
      'peer-wider-than-network module.api["prod"].aws_security_group_rule.service',
      'subnet-without-way-out module.net["prod"].aws_subnet.this[0]',
    ],
  },
  {
    name: 'peering',
    code: 1,
    errors: [
      'answer-dropped aws_vpc.v["b"].default_route_table',
      'route-never-delivers aws_route.peer["a_to_c"]',
      'route-never-delivers aws_route.peer["c_to_a"]',
    ],
    advice: [
      'peer-wider-than-network aws_security_group.db["b"].ingress',
      'subnet-without-way-out aws_subnet.isolated',
    ],
  },
];

test.each(expected)('finds in $name what a reviewer names', async ({ name, code, errors, advice }) => {
  const { code: found, report } = await verifiedFixture(name);
  const told = (severity: 'error' | 'other') =>
    report.findings
      .filter((one) => (one.severity === 'error') === (severity === 'error'))
      .map(({ id, address }) => `${id} ${ofBlock(address)}`);
  expect(told('error')).toEqual(errors);
  expect(told('other')).toEqual(expect.arrayContaining([...advice]));
  expect(report.unknown).toEqual([]);
  expect(report.findings.filter(({ file, line }) => file === null || line === null)).toEqual([]);
  expect(found).toBe(code);
});
