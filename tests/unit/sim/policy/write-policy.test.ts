/** A policy that is written from a network allows that network, and nothing beside it. */
import { expect, test } from 'vitest';
import { parsePolicy, writePolicy } from '../../../../sim/policy/index.ts';
import { type Flow, prove } from '../../../../sim/prove/index.ts';
import { group, host, rule, smallNetwork, verified, withGroup } from '../verify/small-network.ts';

const input = 'main.tf';
const everything = { protocol: 'all' } as const;

const networks = [
  ['a small one', smallNetwork()],
  [
    'one that lets everything through',
    smallNetwork({
      securityGroups: ['web', 'app'].map((name) =>
        group(name, {
          ingress: [rule(`r.${name}_in`, '0.0.0.0/0', everything)],
          egress: [rule(`r.${name}_out`, '0.0.0.0/0', everything)],
        }),
      ),
    }),
  ],
  [
    'one with an office',
    smallNetwork(
      withGroup('web', (web) => ({
        ingress: [...web.ingress, rule('r.ssh', '203.0.113.0/24', { port: 22 })],
      })),
    ),
  ],
  [
    'one that drops answers',
    smallNetwork({
      networkAcls: smallNetwork().networkAcls.map((acl) => ({
        ...acl,
        egress: acl.egress.map((one) => ({ ...one, protocol: 6, ports: { from: 0, to: 8080 } })),
      })),
    }),
  ],
  [
    'one with an unknown',
    smallNetwork(
      withGroup('web', (web) => ({
        ingress: [
          ...web.ingress,
          rule('r.x', '0.0.0.0/0', { port: 9, uncertain: { address: 'x', reason: 'y' } }),
        ],
      })),
    ),
  ],
  [
    'one in which a protocol has a rule of its own',
    smallNetwork(
      withGroup('web', (web) => ({
        ingress: [
          ...web.ingress,
          rule('r.esp', '0.0.0.0/0', { protocol: 50 }),
          rule('r.mtu', '0.0.0.0/0', { protocol: 1, icmp: { type: 3, code: 4 } }),
        ],
      })),
    ),
  ],
  [
    'one with a way to a public address alone',
    smallNetwork({
      securityGroups: [
        group('web', { ingress: [rule('r.nat', '198.51.100.200/32', { port: 22 })] }),
        group('app', { egress: [rule('r.out', '0.0.0.0/0', { protocol: 'all' })] }),
      ],
    }),
  ],
  ['one without any flow', smallNetwork({ securityGroups: [group('web'), group('app')] })],
] as const;

test.each(networks)('passes the network that it was written from, as far as it is known: %s', (_, model) => {
  const { flows, byPublicAddress } = prove(model);
  const policy = parsePolicy(writePolicy(flows, { input, byPublicAddress }), { file: 'p.yaml' });
  const { verdict, findings } = verified(model, { policy });
  expect({ verdict, errors: findings.filter(({ severity }) => severity === 'error') }).toEqual({
    // What is not known is not allowed either: it stays a question.
    verdict: [...flows, ...byPublicAddress].some(({ delivered }) => delivered.kind === 'unknown')
      ? 'unknown'
      : 'holds',
    errors: [],
  });
});

test.each(networks.filter(([what]) => !what.includes('everything')))(
  'fails a network that lets more through: %s',
  (_, model) => {
    const policy = parsePolicy(writePolicy(prove(model).flows, { input }), { file: 'p.yaml' });
    const wider = {
      ...model,
      securityGroups: model.securityGroups.map((one) =>
        one.name === 'web'
          ? { ...one, ingress: [...one.ingress, rule('r.more', '0.0.0.0/0', { port: 1194, protocol: 17 })] }
          : one,
      ),
    };
    expect(verified(wider, { policy }).findings).toContainEqual(
      expect.objectContaining({ id: 'undeclared-flow', address: 'r.more' }),
    );
  },
);

test('fails a network in which something has stopped working', () => {
  const policy = parsePolicy(writePolicy(prove(smallNetwork()).flows, { input }), { file: 'p.yaml' });
  const report = verified(smallNetwork(withGroup('app', () => ({ ingress: [] }))), { policy });
  expect(report.findings.map(({ id }) => id)).toContain('declared-flow-broken');
});

const flow = (from: string, to: string, fields: Partial<Flow> = {}): Flow => ({
  from,
  to,
  protocol: 'tcp',
  family: 4,
  ports: [{ from: 443, to: 443 }],
  delivered: { kind: 'always' },
  verdict: { kind: 'always' },
  ...fields,
});

test('puts pairs that fare alike into one entry, outside and inside apart, in the order of the proof', () => {
  const text = writePolicy(
    [
      flow('internet', 'aws_lb.a'),
      flow('198.51.100.0/24', 'aws_lb.a'),
      flow('aws_lb.a', 'aws_instance.x["1"]'),
      flow('aws_lb.a', 'aws_instance.x["2"]'),
      flow('aws_lb.b', 'aws_instance.x["1"]'),
      flow('aws_lb.b', 'aws_instance.x["2"]'),
      flow('aws_lb.b', 'internet', {
        ports: [
          { from: 80, to: 80 },
          { from: 1024, to: 2048 },
        ],
        verdict: { kind: 'never' },
      }),
    ],
    { input: 'evil\n- from: "*"' },
  );
  expect(text.split('\n').filter((line) => !line.startsWith('#'))).toEqual([
    'version: 1',
    'builtin: warning',
    'allow:',
    '',
    '  # From the internet',
    '  - from: internet',
    '    to: aws_lb.a',
    '    protocol: tcp',
    '    ports: 443',
    '',
    '  # To the internet',
    '  # answers are dropped',
    '  - from: aws_lb.b',
    '    to: internet',
    '    protocol: tcp',
    '    ports: [80, "1024-2048"]',
    '    optional: true',
    '',
    '  # Inside',
    '  - from: [aws_lb.a, aws_lb.b]',
    `    to: ['aws_instance.x["1"]', 'aws_instance.x["2"]']`,
    '    protocol: tcp',
    '    ports: 443',
    '',
    '',
  ]);
});

test('writes every name so that it is read back as it was', () => {
  const names = [
    `aws_instance.x["it's"]`,
    'aws_instance.x["\\"\n\u001b"]',
    'module.a["x: y"].aws_instance.b',
    'aws_instance.x["a*"]',
  ];
  const model = smallNetwork({
    interfaces: names.map((name, index) =>
      host(`m${index}`, `10.0.0.${20 + index}`, {
        group: 'web',
        endpoint: name,
        address: name,
        publicAddress: `198.51.100.${20 + index}`,
      }),
    ),
    securityGroups: [group('web', { ingress: [rule('r', '0.0.0.0/0', { port: 443 })] })],
  });
  const policy = parsePolicy(writePolicy(prove(model).flows, { input }), { file: 'p.yaml' });
  expect(verified(model, { policy }).findings.filter(({ severity }) => severity === 'error')).toEqual([]);
});
