/** The grammar in which facts are written, and what it refuses. */
import { expect, test } from 'vitest';
import { parseFacts } from '../../../../sim/witnesses/index.ts';

const HEAD =
  '| from | to | traffic | delivered | answered | decided by | why |\n|---|---|---|---|---|---|---|\n';

function parse(row: string) {
  return parseFacts('witness.md', `# a\n\n${HEAD}${row}\n`);
}

test.each([
  ['tcp/443', { traffic: { protocol: 'tcp', port: 443 }, family: 4, isToPublicAddress: false }],
  ['udp/53 from 1024', { traffic: { protocol: 'udp', port: 53, sourcePort: 1024 }, family: 4 }],
  ['tcp/443 to public address', { traffic: { protocol: 'tcp', port: 443 }, isToPublicAddress: true }],
  ['tcp/443 from 5 over IPv6', { traffic: { protocol: 'tcp', port: 443, sourcePort: 5 }, family: 6 }],
  ['icmp', { traffic: { protocol: 'icmp', type: 8, code: 0 }, family: 4 }],
  ['icmp over IPv6', { traffic: { protocol: 'icmp', type: 128, code: 0 }, family: 6 }],
  ['icmp/13/0', { traffic: { protocol: 'icmp', type: 13, code: 0 } }],
  ['protocol 47', { traffic: { protocol: 47 } }],
])('reads %s', (traffic, expected) => {
  const [fact] = parse(`| aws_instance.a | internet | ${traffic} | yes | no | aws_network_acl.a | because |`);
  expect(fact).toMatchObject({
    from: 'aws_instance.a',
    to: 'internet',
    delivered: 'yes',
    answered: 'no',
    decidedBy: 'aws_network_acl.a',
    why: 'because',
    ...expected,
  });
});

test.each([
  ['a row that is short', '| a | b | tcp/1 | yes | no | |', 'witness.md:5: a row has 7 cells'],
  ['a protocol that is none', '| a | b | gre | yes | no | | |', 'witness.md:5: "gre" is no traffic'],
  [
    'a source port of ICMP',
    '| a | b | icmp from 5 | yes | no | | |',
    'witness.md:5: "icmp" has no source port',
  ],
  [
    'an answer that is none',
    '| a | b | tcp/1 | maybe | no | | |',
    'witness.md:5: "maybe" is neither yes, no nor unknown',
  ],
])('refuses %s, with its line', (_what, row, message) => {
  expect(() => parse(row)).toThrow(message);
});

test('refuses a page without a table, and a table without rows', () => {
  expect(() => parseFacts('witness.md', '# a\n')).toThrow('witness.md:1: it has no table of facts');
  expect(() => parseFacts('witness.md', HEAD)).toThrow('witness.md:1: its table has no rows');
});
