import { expect, test } from 'vitest';
import { compileFabric } from '../../../../sim/compile/index.ts';
import { checkFault, type Fault, planFaults } from '../../../../sim/faults/index.ts';
import { wideVpc } from '../wide-vpc.ts';

const fabric = compileFabric(wideVpc());
const [main, far] = fabric.routers;
const linkOf = (id: string) => fabric.interfaces.find((one) => one.id === id)?.link;
const cut = { kind: 'cut' } as const;

const linesOf = (text = '') =>
  text.split('\n').flatMap((line) => /^add rule inet faults f_(.*)$/.exec(line)?.[1] ?? []);

test('cuts all links of a node, on its own router alone', () => {
  const { rules, rates } = planFaults([{ target: { kind: 'node', node: 'web' }, effect: cut }], fabric);
  expect(Object.keys(rules)).toStrictEqual([main?.namespace]);
  expect(linesOf(rules[main?.namespace ?? ''])).toStrictEqual([
    `prerouting iifname { "${linkOf('web')}" } drop`,
    `postrouting oifname { "${linkOf('web')}" } drop`,
  ]);
  expect(rates).toStrictEqual([]);
});

test('cuts a link between two VPCs at both routers, by every address that the other one has', () => {
  const { rules } = planFaults([{ target: { kind: 'link', between: ['app', 'far'] }, effect: cut }], fabric);
  expect(linesOf(rules[main?.namespace ?? ''])).toStrictEqual([
    `prerouting iifname "${linkOf('app')}" ip daddr { 10.1.0.10 } drop`,
    `prerouting iifname "${linkOf('app')}" ip6 daddr 2600:1f00:0:200::10 drop`,
  ]);
  expect(linesOf(rules[far?.namespace ?? ''])).toHaveLength(2);
});

test.each([
  [50, 'numgen random mod 10000 < 5000 drop'],
  [0.01, 'numgen random mod 10000 < 1 drop'],
  [100, '} drop'],
])('loses %f percent', (percent, text) => {
  const fault: Fault = { target: { kind: 'node', node: 'web' }, effect: { kind: 'loss', percent } };
  const lines = linesOf(planFaults([fault], fabric).rules[main?.namespace ?? '']);
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(line.endsWith(text)).toBe(true);
});

test('holds both ends of a link to the lowest of several bandwidths', () => {
  const slow = (bitsPerSecond: number): Fault => ({
    target: { kind: 'node', node: 'web' },
    effect: { kind: 'bandwidth', bitsPerSecond },
  });
  expect(planFaults([slow(3e6), slow(1e6), slow(2e6)], fabric)).toStrictEqual({
    rules: {},
    rates: [
      { namespace: main?.namespace, link: linkOf('web'), bitsPerSecond: 1e6 },
      { namespace: 'eni-web', link: 'eth0', bitsPerSecond: 1e6 },
    ],
  });
});

test('means every member by the name of a group, and one by its number', () => {
  const model = wideVpc();
  const interfaces = model.interfaces.map((one, index) => ({
    ...one,
    endpoint: `aws_autoscaling_group.x#${index}`,
  }));
  const grouped = compileFabric({ ...model, interfaces });
  const count = (node: string) =>
    Object.values(planFaults([{ target: { kind: 'node', node }, effect: cut }], grouped).rules)
      .flatMap((text) => linesOf(text))
      .flatMap((line) => line.match(/"e-/g) ?? []).length;
  expect([count('aws_autoscaling_group.x'), count('aws_autoscaling_group.x#1')]).toStrictEqual([14, 2]);
});

test('has no rule for a fault whose target is gone', () => {
  const gone: Fault = { target: { kind: 'node', node: 'nobody' }, effect: cut };
  expect(planFaults([gone], fabric)).toStrictEqual({ rules: {}, rates: [] });
  expect(() => checkFault(gone, fabric)).toThrow(/^could not break nobody: /);
});
