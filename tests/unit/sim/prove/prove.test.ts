/** The rows of a proof: names, ranges, sets of source ports, and what stays unknown. */

import { expect, test } from 'vitest';
import { type Flow, prove } from '../../../../sim/prove/index.ts';
import type { VpcModel } from '../../../../sim/vpc/model.ts';
import { smallVpc } from '../small-vpc.ts';
import {
  acl,
  aclRule,
  at,
  type Change,
  group,
  groupRule,
  openNetwork,
  put,
  unknownFrom,
  withoutPublicAddress,
} from './open-network.ts';

const quiet = ['web', 'app', 'far'].flatMap((name) => [group(name, 'ingress'), group(name, 'egress')]);
const tcp = (ports: readonly [number, number], extra: { cidr?: string; group?: string } = {}) =>
  groupRule(`tcp.${ports[0]}`, { protocol: 6, ports, ...extra });

function rows(...changes: readonly Change[]): readonly string[] {
  return prove(openNetwork(...quiet, ...changes)).flows.map(rowText);
}

function rowText({ from, to, protocol, family, ports, codes, delivered, verdict }: Flow): string {
  const list = (ranges: Flow['ports']) => ranges.map((one) => `${one.from}-${one.to}`).join(',');
  const sets = verdict.kind === 'depends' ? ` ${list(verdict.sourcePorts)}` : '';
  const numbers = `${list(ports)}${codes === undefined ? '' : ` codes ${list(codes)}`}`;
  return `${from} -> ${to} ${protocol}${family} ${numbers}: ${delivered.kind}/${verdict.kind}${sets}`;
}

test('what is not listed is never delivered', () => {
  expect(rows()).toEqual([]);
});

test('an internet gateway, a public address and one rule make one row', () => {
  expect(
    rows(group('web', 'ingress', tcp([443, 443])), at('web2', { securityGroups: ['group.app'] })),
  ).toEqual(['internet -> web tcp4 443-443: always/always']);
});

test('ports that fare alike share a row, in sorted ranges', () => {
  const three = [tcp([8080, 8090]), tcp([443, 443]), tcp([8091, 8100])];
  const changes = [group('web', 'ingress', ...three), at('web2', { securityGroups: ['group.app'] })];
  expect(rows(...changes)).toEqual(['internet -> web tcp4 443-443,8080-8100: always/always']);
});

test('a range of the internet that a rule singles out has its own row, inner blocks cut out of outer ones', () => {
  const changes = [
    at('web2', { securityGroups: ['group.app'] }),
    group(
      'web',
      'ingress',
      tcp([22, 22], { cidr: '203.0.113.0/24' }),
      tcp([23, 23], { cidr: '203.0.113.64/26' }),
    ),
  ];
  expect(rows(...changes)).toEqual([
    '203.0.113.0/24 -> web tcp4 22-22: always/always',
    '203.0.113.64/26 -> web tcp4 22-23: always/always',
  ]);
});

test('machines that differ in their public address alone are told apart', () => {
  const changes = [group('web', 'ingress', tcp([443, 443])), withoutPublicAddress('web2')];
  expect(rows(...changes)).toEqual(['internet -> web tcp4 443-443: always/always']);
});

test('a block of ours alone is no range of the internet', () => {
  const changes = [
    at('web2', { securityGroups: ['group.app'] }),
    group('web', 'ingress', tcp([22, 22], { cidr: '10.9.0.0/16' })),
  ];
  expect(rows(...changes)).toEqual([]);
});

test('an ACL with a hole in the ephemeral ports makes the verdict depend on the source port, exactly', () => {
  const changes = [
    at('web2', { securityGroups: ['group.app'] }),
    group('web', 'ingress', tcp([443, 443])),
    acl(
      'public',
      'egress',
      aclRule('hole', 'deny', { protocol: 6, ports: [3389, 3389] }),
      aclRule('high', 'allow', { protocol: 6, ports: [1025, 60_999] }),
    ),
  ];
  expect(rows(...changes)).toEqual(['internet -> web tcp4 443-443: always/depends 1025-3388,3390-60999']);
});

test('ICMP is listed by type, and by code where codes fare differently', () => {
  const changes = [
    at('web2', { securityGroups: ['group.app'] }),
    group(
      'web',
      'ingress',
      groupRule('echo', { protocol: 1, icmp: [8, -1] }),
      groupRule('fragment', { protocol: 1, icmp: [3, 4] }),
    ),
  ];
  expect(rows(...changes)).toEqual([
    'internet -> web icmp4 3-3 codes 4-4: always/always',
    'internet -> web icmp4 8-8: always/always',
  ]);
});

test('other protocols are listed by number where a rule names them, and as one row for all that none names', () => {
  const web = at('web2', { securityGroups: ['group.app'] });
  expect(rows(web, group('web', 'ingress', groupRule('gre', { protocol: 47 })))).toEqual([
    'internet -> web 474 : always/always',
  ]);
  expect(
    rows(
      web,
      group('web', 'ingress', groupRule('gre', { protocol: 47, cidr: '10.0.0.0/8' }), groupRule('all', {})),
    ),
  ).toEqual([
    'internet -> web tcp4 0-65535: always/always',
    'internet -> web udp4 0-65535: always/always',
    'internet -> web icmp4 0-255: always/always',
    'internet -> web 474 : always/always',
    'internet -> web other4 : always/always',
  ]);
});

test('a group has one row where its members fare alike, and rows of its members where they do not', () => {
  const named = (id: string, number: number) => at(id, { endpoint: `asg#${number}`, address: 'asg' });
  const members = [named('web', 0), named('web2', 1)];
  const listens = group('web', 'ingress', tcp([443, 443]));
  expect(rows(...members, listens)).toEqual(['internet -> asg tcp4 443-443: always/always']);
  const ssh = group('app', 'ingress', tcp([22, 22]));
  const differ = at('web2', { securityGroups: ['group.web', 'group.app'] });
  expect(rows(...members, listens, ssh, differ)).toEqual([
    'internet -> asg tcp4 443-443: always/always',
    'internet -> asg#1 tcp4 22-22: always/always',
  ]);
});

test('members of a group among themselves are one row from the group to itself', () => {
  const named = (id: string, number: number) => at(id, { endpoint: `asg#${number}`, address: 'asg' });
  const changes = [
    group('app', 'ingress', tcp([9000, 9000], { group: 'app' })),
    group('app', 'egress', tcp([9000, 9000], { group: 'app' })),
  ];
  expect(rows(...changes, named('app', 0), named('app2', 1))).toEqual([
    'asg -> asg tcp4 9000-9000: always/always',
    'asg -> asg tcp6 9000-9000: always/always',
  ]);
  expect(
    rows(...changes, at('app', { endpoint: 'asg#0' }), at('app2', { securityGroups: ['group.web'] })),
  ).toEqual([]);
});

test('a gateway endpoint has one row where its ranges fare alike, and else the ranges have theirs', () => {
  const list = groupRule('list', { protocol: 6, ports: [443, 443], cidr: '192.0.2.0/25' });
  const app2 = at('app2', { securityGroups: ['group.web'] });
  expect(rows(app2, group('app', 'egress', list))).toEqual(['app -> s3 tcp4 443-443: always/always']);
  const half = groupRule('half', { protocol: 6, ports: [80, 80], cidr: '192.0.2.64/26' });
  expect(rows(app2, group('app', 'egress', list, half))).toEqual([
    'app -> s3 tcp4 443-443: always/always',
    'app -> 192.0.2.64/26 tcp4 80-80: always/always',
  ]);
});

test('the small VPC lets through its two flows and nothing else', () => {
  const model = smallVpc();
  expect(prove(model).flows.map(rowText)).toEqual([
    'internet -> aws_instance.gateway-0 tcp4 443-443: always/always',
    'aws_instance.gateway-0 -> aws_instance.engine-0 tcp4 49136-49136: always/depends 32768-65535',
  ]);
});

test('what is unknown is listed with what it leaves open, once', () => {
  const uncertain = { uncertain: unknownFrom('var.port') };
  const model = openNetwork(
    ...quiet,
    at('web2', { securityGroups: ['group.app'] }),
    group('web', 'ingress', groupRule('doubt', { protocol: 6, ports: [1, 9] }, uncertain)),
  );
  const proof = prove(model);
  expect(proof.flows.map(rowText)).toEqual(['internet -> web tcp4 1-9: unknown/unknown']);
  expect(proof.unknown).toEqual([{ ...unknownFrom('var.port'), touches: 'internet -> web tcp/1-9' }]);
});

test('a doubt that decides nothing is not listed', () => {
  const doubt = groupRule('doubt', { cidr: '10.9.0.0/16' }, { uncertain: unknownFrom('var.x') });
  expect(prove(openNetwork(...quiet, group('web', 'ingress', doubt))).unknown).toEqual([]);
});

test('an unmodelled thing is listed in its own words even if no flow depends on it', () => {
  const unmodelled = [
    { ...unknownFrom('tgw'), type: 'aws_ec2_transit_gateway', touches: 'packets routed to it' },
  ];
  expect(prove(openNetwork(...quiet, put({ unmodelled }))).unknown).toEqual([
    { ...unknownFrom('tgw'), touches: 'packets routed to it' },
  ]);
});

test('an endpoint without a place leaves every flow from and to it open, and no other', () => {
  const unplaced: VpcModel['unplaced'] = [
    { endpoint: 'fn', address: 'fn', kind: 'lambda', cause: unknownFrom('var.subnets') },
  ];
  const model = openNetwork(...quiet, put({ unplaced }));
  const proof = prove(model);
  expect(new Set(proof.flows.map(({ delivered, verdict }) => `${delivered.kind}/${verdict.kind}`))).toEqual(
    new Set(['unknown/unknown']),
  );
  expect(new Set(proof.flows.filter(({ to }) => to === 'fn').map(({ from }) => from))).toEqual(
    new Set(['internet', 'web', 'web2', 'app', 'app2', 'far', 's3']),
  );
  expect(proof.flows.every(({ from, to }) => [from, to].includes('fn'))).toBe(true);
  expect(proof.unknown).toEqual([{ ...unknownFrom('var.subnets'), touches: 'every flow from and to fn' }]);
});
