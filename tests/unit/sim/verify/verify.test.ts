/** What a report says and what its verdict is: with and without a policy, with unknowns, with packets that disagree. */
import { expect, test } from 'vitest';
import { parsePolicy } from '../../../../sim/policy/index.ts';
import type { DifferResult } from '../../../../sim/verify/report.ts';
import { exitCodes } from '../../../../sim/verify/verify.ts';
import { at, found, host, rule, smallNetwork, subnet, verified, withGroup } from './small-network.ts';

const policyOf = (text: string) => parsePolicy(`version: 1\n${text}`, { file: 'drydock.policy.yaml' });
const declared = `
allow:
  - { from: internet, to: aws_instance.web, protocol: tcp, ports: 443 }
  - { from: aws_instance.web, to: aws_instance.app, protocol: tcp, ports: 8080 }
  - { from: aws_instance.app, to: internet, protocol: tcp, ports: 443 }
  - { from: aws_instance.app, to: aws_instance.web, protocol: tcp, ports: 443 }
`;
const openSsh = withGroup('web', (web) => ({
  ingress: [...web.ingress, rule('r.ssh', '0.0.0.0/0', { port: 22, line: 61 })],
}));

test('tells endpoints with tier, place and addresses, and every row of the proof', () => {
  const report = verified(smallNetwork());
  expect(report.endpoints).toEqual([
    {
      address: 'aws_instance.web',
      resource: 'aws_instance.web',
      kind: 'instance',
      tier: 'public',
      vpc: 'aws_vpc.main',
      subnet: 'aws_subnet.edge',
      availabilityZone: 'eu-west-1a',
      addresses: { private: '10.0.0.10', public: '198.51.100.10', ipv6: null },
      securityGroups: ['aws_security_group.web'],
      isImagined: false,
      file: 'main.tf',
      line: 70,
    },
    expect.objectContaining({ address: 'aws_instance.app', tier: 'private' }),
  ]);
  expect(report.reach).toContainEqual({
    from: 'internet',
    to: 'aws_instance.web',
    protocol: 'tcp',
    family: 4,
    byPublicAddress: false,
    ports: [{ from: 443, to: 443 }],
    codes: [],
    delivered: 'always',
    verdict: 'always',
    sourcePorts: [{ from: 1024, to: 65_535 }],
    causes: [],
  });
});

test.each([
  ['a public address and a route to the internet gateway', {}, 'public'],
  ['a route and no public address', { interfaces: [host('web', '10.0.0.10')] }, 'isolated'],
  [
    'an address and a table that is not known',
    {
      subnets: [
        subnet('edge', '10.0.0.0/24', { uncertain: { routeTable: { address: 'x', reason: 'y' } } }),
        subnet('inner', '10.0.10.0/24'),
      ],
    },
    'unknown',
  ],
  [
    'a public address that is not known',
    {
      interfaces: [host('web', '10.0.0.10', { uncertain: { publicAddress: { address: 'x', reason: 'y' } } })],
    },
    'unknown',
  ],
  ['a NAT gateway', { interfaces: [host('web', '10.0.10.10')] }, 'private'],
])('tells the tier by routes and addresses: %s', (_, changes, tier) => {
  const { endpoints } = verified(smallNetwork(changes));
  expect(endpoints.find(({ address }) => address === 'aws_instance.web')?.tier).toBe(tier);
});

test('holds without a policy where nothing of the builtin list is found', () => {
  const { verdict, policy, summary } = verified(smallNetwork());
  expect({ verdict, policy, code: exitCodes[verdict] }).toEqual({
    verdict: 'holds',
    policy: 'builtin',
    code: 0,
  });
  expect(summary).toMatchObject({ endpoints: 2, errors: 0, unknown: 0 });
});

test('is violated without a policy by an error, and not by warnings and notes', () => {
  expect(exitCodes[verified(smallNetwork(openSsh)).verdict]).toBe(1);
  const advised = verified(smallNetwork(withGroup('app', () => ({ egress: [] }))));
  expect(advised.summary.notes).toBeGreaterThan(0);
  expect(exitCodes[advised.verdict]).toBe(0);
});

test('holds a policy that allows what gets through', () => {
  const { verdict, findings, policy } = verified(smallNetwork(), { policy: policyOf(declared) });
  expect({ verdict, findings, policy }).toEqual({
    verdict: 'holds',
    findings: [],
    policy: 'drydock.policy.yaml',
  });
});

test('blames the rule that lets an undeclared flow in, with the path of its packet', () => {
  const report = verified(smallNetwork(openSsh), { policy: policyOf(declared) });
  expect(report.verdict).toBe('violated');
  const [finding] = report.findings.filter(
    ({ id, message }) => id === 'undeclared-flow' && message.includes('internet →'),
  );
  expect(finding).toMatchObject({ address: 'r.ssh', file: 'main.tf', line: 61, severity: 'error' });
  expect(finding?.message).toContain('internet → aws_instance.web on tcp/22');
  expect(finding?.path.at(0)).toBe('internet → aws_instance.web');
  expect(finding?.path).toContainEqual(
    expect.stringMatching(/^passes security-group ingress .*r\.ssh \(main\.tf:61\)/),
  );
});

test('blames what drops a flow that the policy demands, with the line that demands it', () => {
  const policy = policyOf(
    `${declared}  - { from: aws_instance.web, to: aws_instance.app, protocol: tcp, ports: 9090, why: metrics }\n`,
  );
  expect(found(verified(smallNetwork(), { policy }), 'declared-flow-broken')).toEqual([
    {
      severity: 'error',
      address: 'aws_security_group.web',
      place: 'main.tf:50',
      message:
        'the policy allows aws_instance.web → aws_instance.app on tcp/9090 (allow[4], drydock.policy.yaml:8: metrics), and it does not work: the first packet is dropped',
    },
  ]);
});

test.each([
  ['error', 1, ['error']],
  ['warning', 0, ['warning']],
  ['off', 0, []],
])('takes the builtin list beside a policy as it says: %s', (level, code, severities) => {
  const allowed = `builtin: ${level}\n${declared}  - { from: internet, to: aws_instance.web, protocol: tcp, ports: 22 }\n`;
  const report = verified(smallNetwork(openSsh), { policy: policyOf(allowed) });
  expect(found(report, 'internet-reaches-admin-port').map(({ severity }) => severity)).toEqual(severities);
  expect(report.findings.map(({ id }) => id)).not.toContain('undeclared-flow');
  expect(exitCodes[report.verdict]).toBe(code);
});

const cause = {
  address: 'data.aws_ip_ranges.office',
  reason: 'cidr_blocks is known only after apply',
  place: at(99),
};
const uncertainSsh = withGroup('web', (web) => ({
  ingress: [...web.ingress, rule('r.ssh', { kind: 'any' }, { port: 22, uncertain: cause })],
}));

test('claims nothing that hangs on an unknown, and cannot tell while it is in the way', () => {
  const report = verified(smallNetwork(uncertainSsh));
  expect(found(report, 'internet-reaches-admin-port')).toEqual([]);
  expect(report.unknown).toContainEqual(
    expect.objectContaining({
      address: cause.address,
      reason: cause.reason,
      isInTheWay: true,
      file: 'main.tf',
      line: 99,
      touches: expect.stringContaining('whether the internet reaches aws_instance.web on tcp/22'),
    }),
  );
  expect(exitCodes[report.verdict]).toBe(2);
});

test('tells an unknown that nothing hides behind, and is not held up by it', () => {
  const uncertainOther = withGroup('web', (web) => ({
    ingress: [...web.ingress, rule('r.other', '203.0.113.0/24', { port: 8443, uncertain: cause })],
  }));
  const report = verified(smallNetwork(uncertainOther));
  expect(report.unknown.map(({ address }) => address)).toContain(cause.address);
  expect(report.unknown.map(({ isInTheWay }) => isInTheWay)).not.toContain(true);
  expect(report.verdict).toBe('holds');
});

test('is violated where an error stands beside an unknown', () => {
  const both = smallNetwork({
    securityGroups: [
      ...(uncertainSsh.securityGroups ?? []).map((one) =>
        one.name === 'web'
          ? { ...one, ingress: [...one.ingress, rule('r.rdp', '0.0.0.0/0', { port: 3389 })] }
          : one,
      ),
    ],
  });
  expect(exitCodes[verified(both).verdict]).toBe(1);
});

test('asks of an endpoint without a place, and cannot tell', () => {
  const unplaced = [
    { endpoint: 'aws_instance.lost', address: 'aws_instance.lost', kind: 'instance' as const, cause },
  ];
  const report = verified(smallNetwork({ unplaced }));
  expect(report.endpoints.at(-1)).toMatchObject({
    address: 'aws_instance.lost',
    tier: 'unknown',
    subnet: null,
  });
  expect(report.unknown[0]).toMatchObject({
    touches: expect.stringContaining('aws_instance.lost'),
    isInTheWay: true,
  });
  expect(report.verdict).toBe('unknown');
});

test('is violated by packets that disagree with the proof, and tells those alike once', () => {
  const row = {
    from: 'aws_instance.web',
    to: 'aws_instance.app',
    protocol: 'tcp',
    family: 4 as const,
    sourcePort: 1024,
    proof: { delivered: 'yes' as const, answered: 'yes' as const },
    packets: { delivered: 'yes' as const, answered: 'no' as const },
  };
  const differ: DifferResult = {
    probes: 3,
    byProtocol: { tcp: 3 },
    secondLooks: 0,
    disagreements: [
      { ...row, port: 8080 },
      { ...row, port: 8081 },
      { ...row, port: 8082, packets: { delivered: 'no', answered: 'no' } },
    ],
  };
  const report = verified(smallNetwork(), { differ });
  expect(report.differ).toEqual(differ);
  expect(found(report, 'differ-disagreement').map(({ message }) => message)).toEqual([
    'proof and real packets disagree on aws_instance.web → aws_instance.app by tcp over IPv4, port 8080 from port 1024 and port 8081 from port 1024: the proof says delivered and answered, and packets were delivered and not answered',
    'proof and real packets disagree on aws_instance.web → aws_instance.app by tcp over IPv4, port 8082 from port 1024: the proof says delivered and answered, and packets were dropped',
  ]);
  expect(report.verdict).toBe('violated');
  expect(verified(smallNetwork(), { differ: { ...differ, disagreements: [] } }).verdict).toBe('holds');
});

test('a network with nothing in it that could be judged does not hold', () => {
  const nothing = {
    interfaces: [],
    subnets: [],
    natGateways: [],
    gatewayEndpoints: [],
    unplaced: [],
    instances: [],
  };
  const report = verified(smallNetwork(nothing));
  expect(exitCodes[report.verdict]).toBe(2);
  expect(report.unknown).toContainEqual(
    expect.objectContaining({ reason: 'there is no subnet in it that could be judged', isInTheWay: true }),
  );
});

test('what may hide endpoints is in the way, what is merely not modelled elsewhere is not', () => {
  const part = { address: 'aws_x.y', type: 'aws_x', reason: 'not known', touches: 'something' };
  const code = (mayHide: object) =>
    exitCodes[verified(smallNetwork({ unmodelled: [{ ...part, ...mayHide }] })).verdict];
  expect([code({ mayHide: true }), code({})]).toEqual([2, 0]);
});
