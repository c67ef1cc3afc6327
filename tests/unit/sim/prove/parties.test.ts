/** Names become packets, questions become verdicts, and rules become the places worth probing. */

import { describe, expect, test } from 'vitest';
import { isDrydockError } from '../../../../sim/errors.ts';
import { endsOf, explainVerdicts, partiesOf, probeAtoms } from '../../../../sim/prove/index.ts';
import { acl, aclRule, at, group, groupRule, openNetwork, put, unknownFrom } from './open-network.ts';

const asGroup = [
  at('app', { endpoint: 'asg#0', address: 'asg' }),
  at('app2', { endpoint: 'asg#1', address: 'asg' }),
];

describe('a name means', () => {
  const model = openNetwork(...asGroup);
  test.each([
    ['an endpoint', 'web', [['web', 'interface', '10.0.0.10']]],
    ['one member of a group', 'asg#1', [['asg#1', 'interface', '10.0.10.11']]],
    [
      'every member, by the bare name',
      'asg',
      [
        ['asg#0', 'interface', '10.0.10.10'],
        ['asg#1', 'interface', '10.0.10.11'],
      ],
    ],
    ['an interface, by its private address', '10.0.0.10', [['web', 'interface', '10.0.0.10']]],
    ['an interface, by its public address', '198.51.100.10', [['web', 'interface', '10.0.0.10']]],
    ['a place on the internet', '203.0.113.9', [['203.0.113.9', 'internet', '203.0.113.9']]],
    ['an address that nobody has', '10.0.0.99', [['10.0.0.99', 'internet', '10.0.0.99']]],
    ['the internet', 'internet', [['internet', 'internet', '1.0.0.0']]],
    ['a service, by its gateway endpoint', 's3', [['s3', 'service', '192.0.2.0']]],
    ['a service, by an address of it', '192.0.2.9', [['192.0.2.9', 'service', '192.0.2.9']]],
    ['the VPC’s resolver', '10.0.0.2', [['10.0.0.2', 'service', '10.0.0.2']]],
    ['a block that no rule names', '203.0.113.0/28', [['203.0.113.0/28', 'internet', '203.0.113.0']]],
  ])('%s: %s', (_, name, expected) => {
    const { parties } = partiesOf(model, name);
    expect(parties.map((one) => [one.name, one.kind, one.addresses[4]])).toEqual(expected);
  });

  test.each(['wev', 'asg#7', ''])('nothing: %j', (name) => {
    const caught = (() => {
      try {
        return partiesOf(model, name);
      } catch (error) {
        return error;
      }
    })();
    expect(isDrydockError(caught) && caught.code).toBe('SIM_ENDPOINT_UNKNOWN');
  });

  test('the nearest names are offered', () => {
    expect(() => partiesOf(model, 'wev')).toThrow('try web, ');
  });

  test('an endpoint without a place has no parties, and is named', () => {
    const unplaced = [
      { endpoint: 'fn', address: 'fn', kind: 'lambda', cause: unknownFrom('var.x') },
    ] as const;
    const found = partiesOf(openNetwork(put({ unplaced })), 'fn');
    expect([found.parties, found.unplaced]).toEqual([[], unplaced]);
  });
});

test('packets go to the private address from inside and to the public one from outside', () => {
  const model = openNetwork();
  const [web, app, internet, byPublic] = ['web', 'app', 'internet', '198.51.100.10'].map(
    (name) => partiesOf(model, name).parties[0],
  );
  if (!web || !app || !internet || !byPublic) throw new Error('each name has a party');
  expect(endsOf(app, web, 4)?.destination.address).toBe('10.0.0.10');
  expect(endsOf(internet, web, 4)?.destination.address).toBe('198.51.100.10');
  expect(endsOf(app, byPublic, 4)?.destination.address).toBe('198.51.100.10');
  expect(endsOf(internet, web, 6)?.destination.address).toBe('2600:1f00::10');
  expect(endsOf(app, byPublic, 6)).toBeUndefined();
});

describe('an explanation', () => {
  const hole = acl('private', 'ingress', aclRule('high', 'allow', { protocol: 6, ports: [32_768, 60_999] }));

  test('tells both sides where the source port decides', () => {
    const told = explainVerdicts(openNetwork(hole), { from: 'app', to: 'web', protocol: 'tcp', port: 443 });
    expect(told.delivered).toEqual({ kind: 'always' });
    expect(told.verdict).toEqual({ kind: 'depends', sourcePorts: [{ from: 32_768, to: 60_999 }] });
    expect(told.classes[0]?.judgements.map((one) => [one.sourcePorts, one.judgement.answered])).toEqual([
      [
        [
          { from: 1024, to: 32_767 },
          { from: 61_000, to: 65_535 },
        ],
        'no',
      ],
      [[{ from: 32_768, to: 60_999 }], 'yes'],
    ]);
  });

  test('tells pairs of members that fare alike once, and promises the least of all', () => {
    const one = at('app2', { endpoint: 'asg#1', address: 'asg', securityGroups: ['group.web'] });
    const changes = [...asGroup, one, group('web', 'egress')];
    const told = explainVerdicts(openNetwork(...changes), {
      from: 'asg',
      to: 'far',
      protocol: 'udp',
      port: 53,
    });
    expect(told.isUniform).toBe(false);
    expect(told.delivered).toEqual({ kind: 'never' });
    expect(told.classes.map(({ pairs, verdict }) => [pairs, verdict.kind])).toEqual([
      [[{ from: 'asg#0', to: 'far' }], 'always'],
      [[{ from: 'asg#1', to: 'far' }], 'never'],
    ]);
  });

  test('gives rule, file and line of what decides', () => {
    const rule = groupRule(
      'https',
      { protocol: 6, ports: [443, 443] },
      { place: { file: 'main.tf', line: 7 } },
    );
    const told = explainVerdicts(openNetwork(group('web', 'ingress', rule)), {
      from: 'app',
      to: 'web',
      protocol: 'tcp',
      port: 443,
    });
    expect(told.classes[0]?.judgements[0]?.judgement.forward.at(-1)).toEqual({
      layer: 'security-group',
      direction: 'ingress',
      at: 'web',
      verdict: 'allow',
      address: 'https',
      file: 'main.tf',
      line: 7,
      text: 'allow tcp/443 from 0.0.0.0/0',
    });
  });

  test('judges what comes after a denial as if it had passed, while its way is known', () => {
    const changes = [group('app', 'egress'), acl('public', 'ingress'), group('web', 'ingress')];
    const told = explainVerdicts(openNetwork(...changes), {
      from: 'app',
      to: 'web',
      protocol: 'tcp',
      port: 443,
    });
    const denials = told.classes[0]?.judgements[0]?.judgement.forward.filter(
      ({ verdict }) => verdict === 'deny',
    );
    expect(denials?.map(({ address }) => address)).toEqual(['group.app', 'acl.public', 'group.web']);
  });

  test('is open for an endpoint without a place, with its cause', () => {
    const unplaced = [
      { endpoint: 'fn', address: 'fn', kind: 'lambda', cause: unknownFrom('var.x') },
    ] as const;
    const told = explainVerdicts(openNetwork(put({ unplaced })), {
      from: 'web',
      to: 'fn',
      protocol: 'tcp',
      port: 1,
    });
    expect(told.verdict).toEqual({ kind: 'unknown', causes: [unknownFrom('var.x')] });
  });
});

test('atoms are the borders of rules and both sides of each, and three addresses of each range', () => {
  const changes = [
    group('web', 'ingress', groupRule('office', { protocol: 6, ports: [22, 22], cidr: '203.0.113.0/24' })),
    acl('private', 'ingress', aclRule('high', 'allow', { protocol: 6, ports: [32_768, 65_535] })),
    group(
      'app',
      'egress',
      groupRule('gre', { protocol: 47 }),
      groupRule('icmp', { protocol: 1, icmp: [3, 4] }),
    ),
  ];
  const atoms = probeAtoms(openNetwork(...changes));
  expect(atoms.internet.map(({ name, family }) => `${name} ${family}`)).toEqual([
    'internet 4',
    '203.0.113.0/24 4',
    'internet 6',
  ]);
  expect(atoms.internet[1]?.addresses).toEqual(['203.0.113.0', '203.0.113.127', '203.0.113.255']);
  expect(atoms.services).toEqual([
    {
      name: '192.0.2.0/25',
      family: 4,
      endpoints: ['s3'],
      addresses: ['192.0.2.0', '192.0.2.63', '192.0.2.127'],
    },
  ]);
  expect(atoms.ports.tcp).toEqual([0, 21, 22, 23, 32_767, 32_768, 65_535]);
  expect(atoms.ports.udp).toEqual([0, 65_535]);
  expect(atoms.sourcePorts).toEqual([1024, 32_767, 32_768, 65_535]);
  expect(atoms.icmp[4]).toEqual([
    { type: 8, code: 0 },
    { type: 3, code: 4 },
  ]);
  expect(atoms.protocols).toEqual([47, 0]);
});

test('the addresses of a range leave out what an inner block singles out, and what is ours', () => {
  const rule = (cidr: string) => groupRule(cidr, { protocol: 6, ports: [22, 22], cidr });
  const changes = [
    group('web', 'ingress', rule('203.0.113.0/24'), rule('203.0.113.0/26'), rule('198.51.100.0/27')),
  ];
  const atoms = probeAtoms(openNetwork(...changes));
  const of = (name: string) => atoms.internet.find((one) => one.name === name)?.addresses;
  expect(of('203.0.113.0/24')).toEqual(['203.0.113.64', '203.0.113.159', '203.0.113.255']);
  expect(of('203.0.113.0/26')).toEqual(['203.0.113.0', '203.0.113.31', '203.0.113.63']);
  // 10, 11 and 30 are public addresses of machines.
  expect(of('198.51.100.0/27')).toEqual(['198.51.100.0', '198.51.100.20', '198.51.100.31']);
});
