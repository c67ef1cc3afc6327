import { expect, test } from 'vitest';
import { compileFabric } from '../../../../sim/compile/index.ts';
import { planLineChanges } from '../../../../sim/fabric/plan-line-changes.ts';
import { planReload } from '../../../../sim/fabric/plan-reload.ts';
import type { VpcModel } from '../../../../sim/vpc/model.ts';
import { wideVpc } from '../wide-vpc.ts';

const plan = (change: (model: VpcModel) => VpcModel) =>
  planReload(compileFabric(wideVpc()), compileFabric(change(wideVpc())));

const lineCases = [
  { name: 'nothing', before: ['a'], after: ['a'], lines: [], undo: [] },
  {
    name: 'a route that leads elsewhere, by one replacement',
    before: ['route add 0.0.0.0/0 via 169.254.0.1 dev igw onlink table 70000'],
    after: ['route add 0.0.0.0/0 dev x-none table 70000'],
    lines: ['route replace 0.0.0.0/0 dev x-none table 70000'],
    undo: ['route replace 0.0.0.0/0 via 169.254.0.1 dev igw onlink table 70000'],
  },
  {
    name: 'the same destination in another table, as a route of its own',
    before: ['route add 10.0.0.0/8 dev a table 1'],
    after: ['route add 10.0.0.0/8 dev a table 2'],
    lines: ['route add 10.0.0.0/8 dev a table 2', 'route del 10.0.0.0/8 dev a table 1'],
    undo: ['route add 10.0.0.0/8 dev a table 1', 'route del 10.0.0.0/8 dev a table 2'],
  },
  {
    name: 'rules, addresses and links, what goes last in reverse',
    before: [
      'addr add ::1/128 dev lo nodad noprefixroute',
      'link set a up',
      'rule add from all pref 1 lookup 1',
    ],
    after: ['link set b up', 'rule del from all pref 0 lookup local'],
    lines: [
      'link set b up',
      'rule del from all pref 0 lookup local',
      'rule del from all pref 1 lookup 1',
      'addr del ::1/128 dev lo',
    ],
    undo: [
      'addr add ::1/128 dev lo nodad noprefixroute',
      'link set a up',
      'rule add from all pref 1 lookup 1',
      'rule add from all pref 0 lookup local',
    ],
  },
];

test.each(lineCases)('changes $name', ({ before, after, lines, undo }) => {
  expect(planLineChanges(before, after)).toStrictEqual({ lines, undo });
});

test('touches nothing for the same network', () => {
  const { unchanged, ...rest } = plan((model) => model);
  expect(unchanged).toHaveLength(compileFabric(wideVpc()).namespaces.length);
  expect(Object.values(rest).every((part) => Object.keys(part).length === 0)).toBe(true);
});

test('touches one router alone for another network ACL, in one transaction that keeps nothing of the old rules', () => {
  const { touched, rules, lines, added, removed, remade } = plan((model) => ({
    ...model,
    networkAcls: model.networkAcls.map((acl) =>
      acl.address === 'aws_network_acl.private' ? { ...acl, ingress: [] } : acl,
    ),
  }));
  const [main] = compileFabric(wideVpc()).routers;
  expect({ touched, added, removed, remade, lines }).toStrictEqual({
    touched: [main?.namespace],
    added: [],
    removed: [],
    remade: [],
    lines: {},
  });
  const text = rules[main?.namespace ?? '']?.text ?? '';
  expect(text).toMatch(/^table inet vpc\ndelete table inet vpc\ntable inet vpc \{\n/);
});

test('touches the rules of a group’s members alone, whatever other groups come before it', () => {
  const { touched } = plan((model) => {
    const [first, ...others] = model.securityGroups;
    if (first === undefined) throw new TypeError('the wide VPC has groups');
    const fresh = { ...first, address: 'aws_security_group.new', name: 'new' };
    return { ...model, securityGroups: [fresh, { ...first, ingress: [] }, ...others] };
  });
  expect(touched).toStrictEqual(['eni-web', 'eni-beside', 'eni-bare']);
});

test('changes a route in place, and neither rules nor links', () => {
  const { touched, rules, lines, linksMade } = plan((model) => ({
    ...model,
    routeTables: model.routeTables.map((table) =>
      table.address === 'aws_route_table.far'
        ? {
            ...table,
            routes: table.routes.filter(({ destinations }) => !destinations.includes('10.0.10.0/24')),
          }
        : table,
    ),
  }));
  const far = compileFabric(wideVpc()).routers[1]?.namespace ?? '';
  expect({ touched, rules, linksMade }).toStrictEqual({ touched: [far], rules: {}, linksMade: [] });
  expect(lines[far]?.ipv4.lines).toStrictEqual([
    expect.stringMatching(/^route del 10\.0\.10\.0\/24 via 169\.254\.0\.1 dev p-\w+ onlink table \d+$/),
  ]);
});

const anew: readonly [why: string, Partial<VpcModel['interfaces'][number]>][] = [
  ['has another address', { privateAddress: '10.0.0.99' }],
  ['is in another subnet', { subnet: 'aws_subnet.private' }],
  ['gets IPv6', { ipv6Address: '2600:1f00:0:100::99' }],
];

test.each(anew)('makes an interface anew that %s, with its link', (_why, change) => {
  const { remade, added, removed, linksReplaced, linksMade, linksGone } = plan((model) => ({
    ...model,
    interfaces: model.interfaces.map((one) => (one.id === 'beside' ? { ...one, ...change } : one)),
  }));
  expect({ remade, added, removed, linksGone }).toStrictEqual({
    remade: ['eni-beside'],
    added: [],
    removed: [],
    linksGone: [],
  });
  expect([linksReplaced, linksMade].map((links) => links.map(({ far }) => far.namespace))).toStrictEqual([
    ['eni-beside'],
    ['eni-beside'],
  ]);
});

test('keeps an interface whose groups or public address change', () => {
  const { remade, touched } = plan((model) => ({
    ...model,
    interfaces: model.interfaces.map(({ publicAddress, ...one }) =>
      one.id === 'beside'
        ? { ...one, securityGroups: ['aws_security_group.app'] }
        : { ...one, ...(publicAddress !== undefined && { publicAddress }) },
    ),
  }));
  expect(remade).toStrictEqual([]);
  expect(touched).toContain('eni-beside');
});

test('switches a family on before its routes are made, and off after they are gone', () => {
  const withoutIpv6 = (model: VpcModel): VpcModel => ({
    ...model,
    vpcs: model.vpcs.map((vpc) => (vpc.address === 'aws_vpc.far' ? { ...vpc, ipv6Cidrs: [] } : vpc)),
    interfaces: model.interfaces.map(({ ipv6Address, ...one }) =>
      one.id === 'far' ? one : { ...one, ...(ipv6Address !== undefined && { ipv6Address }) },
    ),
  });
  const far = compileFabric(wideVpc()).routers[1]?.namespace ?? '';
  const off = plan(withoutIpv6);
  expect([Object.keys(off.sysctls).includes(far), Object.keys(off.lateSysctls).includes(far)]).toStrictEqual([
    false,
    true,
  ]);
  const on = planReload(compileFabric(withoutIpv6(wideVpc())), compileFabric(wideVpc()));
  expect(on.sysctls[far]?.['ipv6/conf/all/disable_ipv6']).toBe('0');
  expect(on.lateSysctls).not.toHaveProperty(far);
});
