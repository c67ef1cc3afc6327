/** What a policy allows must work, between all that it names. */
import { expect, test } from 'vitest';
import type { Flow } from '../../../../sim/prove/index.ts';
import { asked, check, flow, half, never, told, unknown, violations, withOffice } from './policy-checks.ts';

const demand =
  'allow: [{ from: "aws_lb.front#0", to: aws_db_instance.main, protocol: tcp, ports: [443, 8443] }]';
const [from, to] = ['aws_lb.front#0', 'aws_db_instance.main#0'];
test.each<[string, readonly Flow[], string | undefined, string]>([
  [
    'works',
    [flow(from, to), flow('aws_lb.front', to, { ports: [{ from: 8443, to: 8443 }] })].map((row) => row),
    undefined,
    '',
  ],
  ['is dropped', [flow(from, to)], 'dropped', '8443-8443'],
  [
    'gets no answer',
    [flow(from, to), flow(from, to, { ports: [{ from: 8443, to: 8443 }], verdict: never })],
    'answer-dropped',
    '8443-8443',
  ],
  [
    'gets answers to some ports',
    [flow(from, to, { verdict: half }), flow(from, to, { ports: [{ from: 8443, to: 8443 }] })],
    'answer-depends',
    '443-443',
  ],
  [
    'works in IPv6 alone',
    [flow(from, to, { family: 6, ports: [{ from: 443, to: 8443 }] }), flow(from, to)],
    undefined,
    '',
  ],
])('demands that what is allowed works: it %s', (_, rows, instead, ports) => {
  const broken = check(demand, rows).violations.filter(({ problem }) => problem === 'declared-flow-broken');
  expect(broken.map((one) => [one.instead, told(one).split(' ').at(-1)])).toEqual(
    instead === undefined ? [] : [[instead, ports]],
  );
});

test('demands a flow in the family that is named', () => {
  const rows = [flow(from, to, { family: 6 })];
  const entry = (family: string) =>
    `allow: [{ from: "${from}", to: "${to}", protocol: tcp, ports: 443, family: ${family} }]`;
  expect(violations(entry('ipv6'), rows)).toEqual([]);
  expect(violations(entry('ipv4'), []).map((text) => text.split(' ')[0])).toEqual(['declared-flow-broken']);
});

test('asks whether a flow works where that is unknown, and demands nothing of one that is optional', () => {
  const rows = [flow(from, to, { verdict: unknown }), flow(from, to, { ports: [{ from: 8443, to: 8443 }] })];
  const { violations: found, questions } = check(demand, rows);
  expect({ found, questions: questions.map(asked) }).toEqual({
    found: [],
    questions: [`whether ${from} has a working tcp/443 connection to ${to}`],
  });
  expect(violations(demand.replace(' }]', ', optional: true }]'), [])).toEqual([]);
});

test('demands every pair, and tells those that fail alike once', () => {
  const [broken] = check('allow: [{ from: aws_lb.front, to: tag:role=app, protocol: tcp, ports: 443 }]', [
    flow('aws_lb.front#0', 'aws_instance.app["a"]'),
  ]).violations;
  expect(broken?.others).toHaveLength(2);
});

test('demands icmp by its code 0, and a number that no rule names by the row of the others', () => {
  const row = (codes?: Flow['codes']) =>
    flow(from, to, { protocol: 'icmp', ports: [{ from: 8, to: 8 }], ...(codes && { codes }) });
  const entry = `allow: [{ from: "${from}", to: "${to}", protocol: icmp, types: 8 }]`;
  expect(violations(entry, [row([{ from: 0, to: 0 }])])).toEqual([]);
  expect(violations(entry, [row([{ from: 4, to: 4 }])])).toHaveLength(1);
  const numbered = `allow: [{ from: "${from}", to: "${to}", protocol: 50 }]`;
  const broken = check(numbered, [flow(from, to, { protocol: 'other', ports: [] })]).violations;
  expect(broken.map(({ problem }) => problem)).toEqual(['undeclared-flow']);
});

test.each<[string, string, readonly string[], boolean]>([
  ['a range that no rule singles out, by the row of the internet', '203.0.113.0/24', ['internet'], true],
  ['a range that a rule singles out, by its own row', '198.51.100.0/25', ['198.51.100.0/25'], true],
  ['a range that a rule singles out, not by the row of the internet', '198.51.100.0/25', ['internet'], false],
  ['a range within one that a rule singles out', '198.51.100.0/26', ['198.51.100.0/25'], true],
  [
    'a range of which a rule singles out a half, by both rows',
    '198.51.100.0/24',
    ['internet', '198.51.100.0/25'],
    true,
  ],
  ['a range of which a rule singles out a half, not by one row', '198.51.100.0/24', ['internet'], false],
])('demands %s', (_, range, names, works) => {
  const rows = names.map((name) => flow(name, 'aws_lb.front'));
  const broken = check(
    `allow: [{ from: ${range}, to: aws_lb.front, protocol: tcp, ports: 443 }, { from: internet, to: "*", protocol: tcp, optional: true }]`,
    rows,
    { model: withOffice },
  );
  expect(broken.violations.filter(({ problem }) => problem === 'declared-flow-broken').length === 0).toBe(
    works,
  );
});
