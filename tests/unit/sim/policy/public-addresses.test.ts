/** A packet that a machine of ours sends to the public address of another gets through like any other. */
import { expect, test } from 'vitest';
import { parsePolicy } from '../../../../sim/policy/index.ts';
import { formatText } from '../../../../sim/verify/formats/text.ts';
import { group, rule, smallNetwork, verified } from '../verify/small-network.ts';
import { asked, check, flow, optional, told, unknown, violations } from './policy-checks.ts';

const appA = 'aws_instance.app["a"]';
const row = flow('aws_lb.front', appA);
const publicly = { byPublicAddress: [row] };

test('it must be allowed, by an entry for the same ends', () => {
  expect(violations('allow: []', [], publicly)).toEqual([`undeclared-flow aws_lb.front → ${appA} 443-443`]);
  expect(
    violations(optional('from: aws_lb.front, to: "*", protocol: tcp, ports: 443'), [], publicly),
  ).toEqual([]);
  expect(
    violations(optional('from: aws_lb.front, to: "*", protocol: tcp, ports: 80'), [], publicly),
  ).toHaveLength(1);
});

test('it may be what never may', () => {
  const policy = `${optional('from: "*", to: "*", protocol: all')}\nnever: [{ from: aws_lb.front, to: tag:role=app, protocol: tcp }]`;
  expect(violations(policy, [])).toEqual([]);
  const found = check(policy, [], publicly).violations;
  expect(found.map(told)).toEqual([`forbidden-flow aws_lb.front → ${appA} 443-443`]);
  expect(found.map(({ isByPublicAddress }) => isByPublicAddress)).toEqual([true]);
});

test('it makes nothing work that must work', () => {
  const policy = 'allow: [{ from: aws_lb.front, to: tag:role=app, protocol: tcp, ports: 443 }]';
  const problems = check(policy, [], publicly).violations.map(({ problem }) => problem);
  expect(problems).toEqual(['declared-flow-broken']);
});

test('what is not known of it is asked about it', () => {
  const open = flow('aws_lb.front', appA, { delivered: unknown, verdict: unknown });
  expect(check('allow: []', [], { byPublicAddress: [open] }).questions.map(asked)).toEqual([
    `whether aws_lb.front reaches ${appA} by its public address on tcp/443`,
  ]);
});

const network = (ingress: string) =>
  smallNetwork({
    securityGroups: [
      group('web', { ingress: [rule('r.web', ingress, { port: 443 })] }),
      group('app', { egress: [rule('r.out', '0.0.0.0/0', { port: 443 })] }),
    ],
  });
const never = parsePolicy(
  [
    'version: 1',
    'allow:',
    ...['{ from: "*", to: "*"', '{ from: "*", to: internet', '{ from: internet, to: "*"'].map(
      (ends) => `  - ${ends}, protocol: all, optional: true }`,
    ),
    'never: [{ from: aws_instance.app, to: aws_instance.web, protocol: all }]',
    '',
  ].join('\n'),
  { file: 'p.yaml' },
);

test('a machine behind a NAT gateway that reaches a public address breaks the policy, with the packet’s way', () => {
  const report = verified(network('128.0.0.0/1'), { policy: never });
  expect(report.verdict).toBe('violated');
  const errors = report.findings.filter(({ severity }) => severity === 'error');
  expect(errors).toEqual([
    expect.objectContaining({
      id: 'forbidden-flow',
      address: 'r.web',
      message: expect.stringContaining(
        'aws_instance.app → aws_instance.web on tcp/443 by the public address',
      ),
    }),
  ]);
  expect(errors[0]?.path.join('\n')).toContain('translated to 198.51.100.200');
  expect(report.reach.filter((one) => one.byPublicAddress)).toEqual([
    expect.objectContaining({ from: 'aws_instance.app', to: 'aws_instance.web', verdict: 'always' }),
  ]);
  expect(formatText(report)).toMatch(
    /Inside\n {2}aws_instance\.app +→ aws_instance\.web +tcp\/443 +by its public address\n/,
  );
});

test('a machine whose NAT gateway’s address is not admitted keeps it', () => {
  const report = verified(network('8.0.0.0/8'), { policy: never });
  expect([report.verdict, report.reach.filter((one) => one.byPublicAddress)]).toEqual(['holds', []]);
});
