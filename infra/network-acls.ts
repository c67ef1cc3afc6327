/**
 * One network ACL per kind of subnet, made from the declared flows. They repeat, by subnet, what the security
 * groups say by machine, so that one wrong group does not open a path. ACLs keep no state and see no source
 * port: answers need the whole ephemeral range, towards the peers of a flow and nobody else.
 */
import { NetworkAcl, NetworkAclRule } from './aws/index.ts';
import type { Declare } from './declare.ts';
import { type Flow, flows, subnetsOf } from './flows.ts';
import type { Network } from './network.ts';

type SubnetKind = 'public' | 'private';
type Direction = 'ingress' | 'egress';
type Place = SubnetKind | 'outside';

/** What the rule lets through, in the fields of aws_network_acl_rule. */
type Traffic =
  | { readonly protocol: 'tcp'; readonly fromPort: number; readonly toPort: number }
  | { readonly protocol: 'icmp'; readonly icmpType: number; readonly icmpCode: number };

interface Permission {
  readonly place: Place;
  readonly traffic: Traffic;
}

/** Linux clients choose from 32768 on, NAT devices and other systems from 1024 on. */
const ephemeral: Traffic = { protocol: 'tcp', fromPort: 1024, toPort: 65_535 };

/** A router on the way that cannot pass a large packet says so; unheard, the connection hangs (RFC 1191). */
const fragmentationNeeded: Traffic = { protocol: 'icmp', icmpType: 3, icmpCode: 4 };

/** A block per kind of rule, so that a new flow renumbers nothing but its own block. */
const firstNumber = { flows: 100, answers: 200, restOfVpc: 300, outside: 400 };

export function declareNetworkAcls(declare: Declare, network: Network, name: string): void {
  for (const kind of ['public', 'private'] as const) {
    const acl = declare(NetworkAcl, kind, {
      vpcId: network.vpc.id,
      subnetIds: network.zones.map((zone) => zone[kind].id),
      tags: { Name: `${name}-${kind}` },
    });
    for (const direction of ['ingress', 'egress'] as const) {
      for (const rule of planRules(network, kind, direction)) {
        declare(NetworkAclRule, `${kind}_${direction}_${rule.ruleNumber}`, {
          networkAclId: acl.id,
          egress: direction === 'egress',
          ...rule,
        });
      }
    }
  }
}

function planRules(network: Network, kind: SubnetKind, direction: Direction) {
  const requests = flows.flatMap((flow) => requestsOf(flow, kind, direction));
  const answers = distinct(flows.flatMap((flow) => answersOf(flow, kind, direction)));
  const outside = [...requests, ...answers].filter(({ place }) => place === 'outside');
  if (kind === 'public' && direction === 'ingress') {
    outside.push({ place: 'outside', traffic: fragmentationNeeded });
  }
  return [
    ...number(firstNumber.flows, inside(network, requests)),
    ...number(firstNumber.answers, inside(network, answers)),
    // 0.0.0.0/0 below holds the VPC too, so what the VPC may do is decided above this line.
    ...number(firstNumber.restOfVpc, [
      { ruleAction: 'deny', protocol: '-1', cidrBlock: network.vpc.cidrBlock, fromPort: 0, toPort: 0 },
    ]),
    ...number(
      firstNumber.outside,
      outside.map((permission) => allow(permission, '0.0.0.0/0')),
    ),
  ];
}

function requestsOf(flow: Flow, kind: SubnetKind, direction: Direction): Permission[] {
  const [here, there] = direction === 'egress' ? [flow.from, flow.to] : [flow.to, flow.from];
  if (placeOf(here) !== kind) return [];
  const traffic = { protocol: 'tcp', fromPort: flow.port, toPort: flow.port } as const;
  return [{ place: placeOf(there), traffic }];
}

function answersOf(flow: Flow, kind: SubnetKind, direction: Direction): Permission[] {
  const [here, there] = direction === 'egress' ? [flow.to, flow.from] : [flow.from, flow.to];
  return placeOf(here) === kind ? [{ place: placeOf(there), traffic: ephemeral }] : [];
}

function placeOf(end: Flow['from'] | Flow['to']): Place {
  return end === 'internet' || end === 's3' ? 'outside' : subnetsOf[end];
}

function inside(network: Network, permissions: readonly Permission[]) {
  return permissions.flatMap((permission) => {
    const { place } = permission;
    return place === 'outside' ? [] : network.zones.map((zone) => allow(permission, zone[place].cidrBlock));
  });
}

function allow({ traffic }: Permission, cidrBlock: string) {
  return { ruleAction: 'allow', cidrBlock, ...traffic };
}

function number<Rule>(first: number, rules: readonly Rule[]) {
  return rules.map((rule, index) => ({ ruleNumber: first + index, ...rule }));
}

function distinct(permissions: readonly Permission[]): Permission[] {
  return permissions.filter(
    ({ place }, index) => permissions.findIndex((other) => other.place === place) === index,
  );
}
