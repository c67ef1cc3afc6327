/** A policy file is taken as it is documented, and anything else is one line with its place. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { findPolicy, type Policy, parsePolicy } from '../../../../sim/policy/index.ts';

const parse = (text: string) => parsePolicy(text, { file: 'p.yaml' });
const messageOf = (text: string) => {
  try {
    parse(text);
  } catch (error) {
    return error instanceof Error && 'code' in error ? `${error.code}: ${error.message}` : String(error);
  }
  return 'no error';
};
const entry = (...lines: string[]) => `version: 1\nallow:\n  - ${lines.join('\n    ')}\n`;

test('reads every field of an entry, with its line', () => {
  const policy = parse(
    `${entry('from: internet', 'to: [aws_lb.a, aws_lb.b]', 'protocol: tcp', 'ports: [443, "8000-8010", 8011]', 'family: ipv6', 'optional: true', 'why: because')}never:\n  - { from: "*", to: x }\nopen:\n  - { group: g, protocol: icmp, types: 8 }\nbuiltin: off\n`,
  );
  expect(policy.allow[0]).toMatchObject({
    name: 'allow[0]',
    line: 3,
    why: 'because',
    traffic: {
      protocol: 'tcp',
      ranges: [
        { from: 443, to: 443 },
        { from: 8000, to: 8011 },
      ],
    },
    family: 6,
    isOptional: true,
    from: { text: 'internet' },
    to: { text: 'aws_lb.a, aws_lb.b' },
  });
  expect(policy.never[0]).toMatchObject({ name: 'never[0]', line: 11, traffic: { protocol: 'all' } });
  expect(policy.open?.[0]).toMatchObject({
    name: 'open[0]',
    line: 13,
    traffic: { protocol: 'icmp', ranges: [{ from: 8, to: 8 }] },
  });
  expect(policy.builtin).toBe('off');
});

test.each([
  [6, 'tcp'],
  [17, 'udp'],
  [1, 'icmp'],
  [58, 'icmp'],
  [50, '50'],
  ['other', 'other'],
])('knows protocol %s as %s', (written, known) => {
  expect(parse(entry('from: a', 'to: b', `protocol: ${written}`)).allow[0]?.traffic.protocol).toBe(known);
});

test.each<[string, string, string]>([
  ['no version', 'allow: []', 'p.yaml:1): version must be 1'],
  ['another version', 'version: 2\nallow: []', 'p.yaml:1): version must be 1'],
  ['no allow', 'version: 1', 'p.yaml:1): allow is missing, or is no array'],
  ['nothing', '', 'p.yaml:1): it is missing, or is no object'],
  ['a list', '- 1', 'p.yaml:1): it is missing, or is no object'],
  [
    'a field that is not known',
    entry('from: a', 'to: b', 'protocol: tcp', 'port: 4'),
    'p.yaml:6): allow[0] has no field port',
  ],
  [
    'a field that is misspelt',
    entry('form: a', 'to: b', 'protocol: tcp'),
    'p.yaml:3): allow[0] has no field form',
  ],
  ['a section that is not known', 'version: 1\nallow: []\ndeny: []', 'p.yaml:3): it has no field deny'],
  [
    'a protocol that is none',
    entry('from: a', 'to: b', 'protocol: tpc'),
    'p.yaml:5): allow[0].protocol is none of tcp, udp, icmp, other, all, or an IANA number',
  ],
  ['no protocol', entry('from: a', 'to: b'), 'p.yaml:3): allow[0].protocol is none of'],
  [
    'a port out of range',
    entry('from: a', 'to: b', 'protocol: tcp', 'ports: 65536'),
    'p.yaml:6): allow[0].ports ',
  ],
  [
    'a range backwards',
    entry('from: a', 'to: b', 'protocol: tcp', 'ports: [1, "9-8"]'),
    'p.yaml:6): allow[0].ports[1] is no range of ports',
  ],
  [
    'ports of icmp',
    entry('from: a', 'to: b', 'protocol: icmp', 'ports: 8'),
    'p.yaml:6): allow[0].ports needs protocol: tcp or udp',
  ],
  [
    'types of tcp',
    entry('from: a', 'to: b', 'protocol: tcp', 'types: 8'),
    'p.yaml:6): allow[0].types needs protocol: icmp',
  ],
  [
    'ports of everything',
    'version: 1\nallow: []\nnever:\n  - from: a\n    to: b\n    ports: 22',
    'p.yaml:6): never[0].ports needs protocol: tcp or udp',
  ],
  [
    'a block that is none',
    entry('from: 10.0.0.0/33', 'to: b', 'protocol: tcp'),
    'p.yaml:3): allow[0].from is no CIDR block',
  ],
  [
    'a name that means nothing',
    entry('from: any', 'to: b', 'protocol: tcp'),
    'p.yaml:3): allow[0].from is no name; "*" is every endpoint',
  ],
  [
    'exceptions alone',
    entry('from: ["!a"]', 'to: b', 'protocol: tcp'),
    'p.yaml:3): allow[0].from only excepts',
  ],
  [
    'a number for a name',
    entry('from: a', 'to: [b, 4]', 'protocol: tcp'),
    'p.yaml:4): allow[0].to[1] is missing, or is no string',
  ],
  [
    'optional in never',
    'version: 1\nallow: []\nnever:\n  - { from: a, to: b, optional: true }',
    'p.yaml:4): never[0] has no field optional',
  ],
  ['no YAML', 'version: 1\nallow: [', 'it is no YAML'],
  ['a key twice', 'version: 1\nversion: 1\nallow: []', 'p.yaml:2): it is no YAML: Map keys must be unique'],
  [
    'aliases upon aliases',
    `version: 1\nallow: []\na: &a [1]\n${Array.from(
      { length: 9 },
      (_, index) =>
        `k${index}: &k${index} [${Array(9)
          .fill(index === 0 ? '*a' : `*k${index - 1}`)
          .join(',')}]`,
    ).join('\n')}`,
    'aliases',
  ],
])('refuses %s on one line with its place', (_, text, expected) => {
  const message = messageOf(text);
  expect(message).toMatch(
    /^SIM_POLICY_INVALID: could not read the policy \(p\.yaml:\d+\): .+; docs\/policy\.md says what may stand there$/,
  );
  expect(message).toContain(expected);
});

test('writes nothing of a file that acts on a terminal', () => {
  expect(messageOf('version: 1\nallow: []\n"\\e[2J": 1')).not.toMatch(/\p{Cc}/u);
});

test('takes the example of its document, and refuses the one that is shown as wrong', () => {
  const document = readFileSync(new URL('../../../../docs/policy.md', import.meta.url), 'utf8');
  const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(document) ?? [];
  const policy: Policy = parse(example);
  expect(policy.allow).toHaveLength(5);
  const [, shown = ''] = /```text\ndrydock: (.*)\n```/.exec(document) ?? [];
  const wrong = entry('from: internet', 'to: aws_lb.this', 'protocol: tcp', 'port: 443');
  expect(messageOf(wrong)).toBe(`SIM_POLICY_INVALID: ${shown.replace('drydock.policy.yaml', 'p.yaml')}`);
});

test('finds our policy above every synthesis of ours, and none above a fixture', () => {
  expect(findPolicy('infra/synth/dev/main.tf.json')).toBe('infra/drydock.policy.yaml');
  expect(findPolicy('infra/synth/prod')).toBe('infra/drydock.policy.yaml');
  expect(findPolicy('tests/fixtures')).toBeUndefined();
});
