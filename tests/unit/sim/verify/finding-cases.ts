/** Changes to the small network, and how a finding is tested: it fires, says where, and does not fire on the nearest network. */
import { describe, expect, test } from 'vitest';
import { type FindingKind, findingKinds } from '../../../../sim/verify/finding-kinds.ts';
import type { VpcModel } from '../../../../sim/vpc/model.ts';
import {
  aclRule,
  at,
  found,
  host,
  rule,
  smallNetwork,
  toInternet,
  verified,
  withGroup,
} from './small-network.ts';

export interface Case {
  readonly id: keyof typeof findingKinds;
  readonly what: string;
  readonly changes: Partial<VpcModel>;
  /** The nearest network of which it is not to be said. */
  readonly without: Partial<VpcModel>;
  readonly address: string;
  readonly place: string;
  readonly message: RegExp;
}

export const base = smallNetwork();
export const ingress = (...rules: Parameters<typeof rule>[]) =>
  withGroup('web', (web) => ({ ingress: [...web.ingress, ...rules.map((one) => rule(...one))] }));
export const appIngress = (...rules: Parameters<typeof rule>[]) =>
  withGroup('app', (app) => ({ ingress: [...app.ingress, ...rules.map((one) => rule(...one))] }));
export const listOf = (...cidrs: readonly string[]) =>
  ({ kind: 'prefix-list', address: 'aws_ec2_managed_prefix_list.own', cidrs }) as const;
export const acl = (
  direction: 'ingress' | 'egress',
  ...rules: Parameters<typeof aclRule>[]
): Partial<VpcModel> => ({
  networkAcls: base.networkAcls.map((one) => ({
    ...one,
    [direction]: rules.map((made) => aclRule(...made)),
  })),
});
export const innerRoutes = (...routes: VpcModel['routeTables'][number]['routes']): Partial<VpcModel> => ({
  routeTables: base.routeTables.map((table) =>
    table.address.endsWith('inner') ? { ...table, routes } : table,
  ),
});
export const interfaces = (...more: VpcModel['interfaces']): Partial<VpcModel> => ({
  interfaces: [...base.interfaces, ...more],
});
export const peered = (cidr: string): Partial<VpcModel> => ({
  vpcs: [...base.vpcs, { address: 'aws_vpc.other', cidrs: ['10.9.0.0/16'], ipv6Cidrs: [] }],
  peeringConnections: [
    {
      address: 'aws_vpc_peering_connection.main',
      requester: 'aws_vpc.main',
      accepter: 'aws_vpc.other',
      isActive: true,
    },
  ],
  ...innerRoutes({
    address: 'aws_route.peer',
    place: at(40),
    destinations: [cidr],
    target: { kind: 'peering', address: 'aws_vpc_peering_connection.main' },
  }),
});
export const balancer = (status: 'redirect' | 'fixed-response', protocol: string): Partial<VpcModel> => ({
  ...ingress(['r.http', '0.0.0.0/0', { port: 80 }]),
  loadBalancers: [
    {
      address: 'aws_lb.main',
      kind: 'application',
      isInternal: false,
      interfaces: ['web'],
      listeners: [
        {
          address: 'aws_lb_listener.http',
          port: 80,
          protocol: 'HTTP',
          targets: [],
          answer: { kind: status, status: 301 },
        },
        {
          address: 'aws_lb_listener.https',
          place: at(80),
          port: 443,
          protocol: 'HTTPS',
          targets: [
            {
              address: 'aws_lb_target_group.app',
              port: 8080,
              protocol,
              interfaces: ['app'],
              preservesClientAddress: false,
            },
          ],
        },
      ],
    },
  ],
});
export const task = host('task', '10.0.10.20', {
  group: 'app',
  kind: 'ecs-task',
  endpoint: 'aws_ecs_service.api#0',
  address: 'aws_ecs_service.api',
});
export const webAt = (publicAddress?: string) =>
  host('web', '10.0.0.10', publicAddress === undefined ? {} : { publicAddress });
export const dualStack = (v6: string): Partial<VpcModel> => ({
  vpcs: [{ address: 'aws_vpc.main', cidrs: ['10.0.0.0/16'], ipv6Cidrs: ['2600:1f00::/56'] }],
  subnets: base.subnets.map((one) => (one.name === 'edge' ? { ...one, ipv6Cidr: '2600:1f00::/64' } : one)),
  routeTables: base.routeTables.map((table) =>
    table.address.endsWith('edge')
      ? { ...table, routes: [{ ...toInternet, destinations: ['0.0.0.0/0', '::/0'] }] }
      : table,
  ),
  networkAcls: base.networkAcls.map((one) => ({
    ...one,
    ingress: [aclRule(100, 'allow'), aclRule(101, 'allow', { cidr: '::/0' })],
    egress: [aclRule(100, 'allow'), aclRule(101, 'allow', { cidr: '::/0' })],
  })),
  interfaces: base.interfaces.map((one) =>
    one.id === 'web' ? { ...one, ipv6Address: '2600:1f00::10' } : one,
  ),
  ...ingress(['r.v6', v6, { port: 443, line: 60 }]),
});

/** @param whose The cases are all that there are of these findings. */
export function testFindings(whose: FindingKind['group'], cases: readonly Case[]): void {
  describe.each(cases)('$id: $what', ({ id, changes, without, address, place, message }) => {
    test('is found, with its place', () => {
      const all = found(verified(smallNetwork(changes)), id);
      const own = all.filter((one) => one.address === address && message.test(one.message));
      expect(own, JSON.stringify(all)).toHaveLength(1);
      expect({ severity: own[0]?.severity, place: String(own[0]?.place) }).toEqual({
        severity: findingKinds[id].severity,
        place,
      });
    });

    test('is not found beside it', () => {
      const near = found(verified(smallNetwork(without)), id).filter((one) => one.address === address);
      expect(near).toEqual([]);
    });
  });

  test(`tests every finding of the group ${whose}`, () => {
    const kinds = Object.entries(findingKinds).filter(([, kind]) => kind.group === whose);
    expect([...new Set(cases.map(({ id }) => id))].toSorted()).toEqual(kinds.map(([id]) => id).toSorted());
  });
}
